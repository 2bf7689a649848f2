using Microsoft.Extensions.Options;

namespace UserTcp.Hosting;

/// <summary>One of the application's stacks.</summary>
/// <param name="Name">Its name; empty for the one without a name.</param>
internal sealed record StackName(string Name)
{
    /// <summary>The configuration section of the named stacks.</summary>
    public const string StacksSection = UserTcpOptions.SectionName + ":Stacks";

    /// <summary>
    /// True for another name that differs in upper and lower case alone: both would have one section.
    /// </summary>
    public bool IsConfusedWith(StackName other) =>
        Name != other.Name && Name.Equals(other.Name, StringComparison.OrdinalIgnoreCase);

    /// <summary>The configuration section of this stack.</summary>
    public string Section =>
        Name == Options.DefaultName ? UserTcpOptions.SectionName : $"{StacksSection}:{Name}";
}
