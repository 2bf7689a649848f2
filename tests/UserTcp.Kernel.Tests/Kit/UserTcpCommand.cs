namespace UserTcp.Kernel.Tests.Kit;

/// <summary>The `usertcp` command, built together with the tests.</summary>
internal static class UserTcpCommand
{
    private const string Assembly = "UserTcp.Cli.dll";

    /// <summary>The folder of the built program.</summary>
    public static string Folder => AppContext.BaseDirectory;

    public static string Path => System.IO.Path.Combine(Folder, Assembly);

    /// <summary>The command with arguments and a runtime folder.</summary>
    public static ChildOptions Options(
        TemporaryFolder runtime, params string[] arguments) => new("dotnet", [Path, .. arguments])
        {
            Environment = Variables(runtime),
            Folder = runtime.Path,
        };

    public static Dictionary<string, string?> Variables(TemporaryFolder runtime) => new()
    {
        ["XDG_RUNTIME_DIR"] = runtime.Path,
        ["USERTCP_CONTROL"] = null,
        // Startup is the main cost of such a child.
        ["DOTNET_TieredPGO"] = "0",
        ["DOTNET_EnableDiagnostics"] = "0",
    };

    /// <summary>Runs the command in the test's namespace: for commands that make a network.</summary>
    public static async Task<ChildResult> RunAsync(TemporaryFolder runtime, params string[] arguments)
    {
        using var child = new Child(Options(runtime, arguments));
        return await child.EndAsync();
    }
}
