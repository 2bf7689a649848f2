using System.Diagnostics;

namespace UserTcp.Cli;

/// <summary>Finds and runs programs on the PATH.</summary>
internal static class Programs
{
    private static readonly string[] AdministratorFolders = ["/usr/sbin", "/sbin"];

    /// <summary>
    /// The absolute path of a program, or null. The administrator's folders count even when they are not on the PATH.
    /// </summary>
    public static string? Find(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Concat(AdministratorFolders)
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists);

    /// <summary>
    /// Runs a program to its end, and returns its exit code with all its output, standard output first.
    /// </summary>
    public static (int ExitCode, string Output) Run(
        string path, IEnumerable<string> arguments, params ReadOnlySpan<(string Name, string Value)> environment)
    {
        var start = new ProcessStartInfo(path, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, (output + error.Result).Trim());
    }
}
