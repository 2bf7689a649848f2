namespace UserTcp.Kernel.Tests.Kit;

/// <summary>The `usertcp` command as it was built together with the tests.</summary>
internal static class UserTcpCommand
{
    private const string Assembly = "UserTcp.Cli.dll";

    /// <summary>Where the built program is, with all that it needs.</summary>
    public static string Folder => AppContext.BaseDirectory;

    public static string Path => System.IO.Path.Combine(Folder, Assembly);

    /// <summary>The command with arguments; what it keeps at run time, it keeps in a folder.</summary>
    public static ChildOptions Options(TemporaryFolder runtime, params string[] arguments) => new("dotnet", [Path, .. arguments])
    {
        Environment = Variables(runtime),
        Folder = runtime.Path,
    };

    public static Dictionary<string, string?> Variables(TemporaryFolder runtime) => new()
    {
        ["XDG_RUNTIME_DIR"] = runtime.Path,
        ["USERTCP_CONTROL"] = null,
        // Starting is most of what such a child does.
        ["DOTNET_TieredPGO"] = "0",
        ["DOTNET_EnableDiagnostics"] = "0",
    };

    /// <summary>Runs the command in nobody's network in particular: for those that make their own.</summary>
    public static async Task<ChildResult> RunAsync(TemporaryFolder runtime, params string[] arguments)
    {
        using var child = new Child(Options(runtime, arguments));
        return await child.EndAsync();
    }
}
