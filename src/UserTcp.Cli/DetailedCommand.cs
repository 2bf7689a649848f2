using System.CommandLine;

namespace UserTcp.Cli;

/// <summary>A command with one line for the list of commands and details for its own help.</summary>
internal sealed class DetailedCommand(string name, string summary, string details) : Command(name, summary)
{
    /// <summary>The end of its help.</summary>
    public string Details => details;
}
