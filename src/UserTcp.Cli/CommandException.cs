namespace UserTcp.Cli;

/// <summary>A command cannot go on: what to say, and what to exit with.</summary>
internal sealed class CommandException(int exitCode, string message) : Exception(message)
{
    public int ExitCode { get; } = exitCode;
}
