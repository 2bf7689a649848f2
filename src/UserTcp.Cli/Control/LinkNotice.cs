namespace UserTcp.Cli.Control;

/// <summary>The output of `link --json` once traffic can flow.</summary>
/// <param name="Event">Always "ready".</param>
/// <param name="Device">The interface's name in both namespaces.</param>
/// <param name="A">Addresses in the first namespace, with prefix lengths.</param>
/// <param name="B">Those in the second.</param>
internal sealed record LinkNotice(string Event, string Device, IReadOnlyList<string> A, IReadOnlyList<string> B);
