using System.CommandLine;

namespace UserTcp.Cli;

/// <summary>A command with a line for the list of all, and more to say in its own help.</summary>
internal sealed class DetailedCommand(string name, string summary, string details) : Command(name, summary)
{
    /// <summary>What its help ends with.</summary>
    public string Details => details;
}
