using System.CommandLine;

namespace UserTcp.Cli;

/// <summary>
/// Words that look like options and are none. The parser takes them for arguments where a command has any number of
/// them.
/// </summary>
internal static class UnknownOption
{
    /// <summary>The message for an option that the command does not have.</summary>
    public static string Message(string word, Command command) =>
        $"there is no option '{word}'{Suggestion.For(word, NamesOf(command))}";

    /// <summary>The message for the first argument that begins with a dash; null when none does.</summary>
    public static string? FindIn(IEnumerable<string> arguments, Command command) =>
        arguments.FirstOrDefault(word => word is ['-', _, ..]) is { } option ? Message(option, command) : null;

    /// <summary>The names of all options that a person would type.</summary>
    public static IEnumerable<string> NamesOf(Command command) =>
        command.Options.Where(option => !option.Hidden)
            .SelectMany(option => option.Aliases.Prepend(option.Name))
            .Append("--help");
}
