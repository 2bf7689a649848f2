namespace UserTcp.Cli.Lab;

/// <summary>How the stack of a page was started.</summary>
/// <param name="Command">The command line without impairments: "usertcp lab --open --mtu 9000".</param>
/// <param name="Services">Names of the services.</param>
/// <param name="IsLab">
/// The kernel's end is in the lab's namespace, so the page may break the link and make traffic.
/// </param>
internal sealed record LabSetup(string Command, IReadOnlyList<string> Services, bool IsLab);
