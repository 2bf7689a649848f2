namespace UserTcp.Cli.Control;

/// <summary>The output of `--json` once traffic can flow.</summary>
/// <param name="Event">"ready".</param>
/// <param name="Device">The interface.</param>
/// <param name="Addresses">The stack's addresses.</param>
/// <param name="Services">Service names and ports.</param>
internal sealed record ReadyNotice(
    string Event, string Device, IReadOnlyList<string> Addresses, Dictionary<string, int> Services);
