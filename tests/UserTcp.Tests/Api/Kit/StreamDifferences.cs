namespace UserTcp.Tests.Api.Kit;

/// <summary>A case that has another outcome over the stack than over sockets, and why.</summary>
/// <param name="Sockets">The outcome over sockets.</param>
/// <param name="Stack">The outcome over the stack.</param>
/// <param name="Reason">Why it stays so.</param>
internal sealed record StreamDifference(string Sockets, string Stack, string Reason);

/// <summary>All known differences.</summary>
internal static class StreamDifferences
{
    private const string Lasting =
        "A socket reports an error once, and afterwards only that it is shut down. The stack reports the cause each "
        + "time, so that every part of a program learns it.";

    private const string AbortIsNoDisposal =
        "A socket can send RST only by its disposal. Abort leaves the stream undisposed, and its reads and writes say "
        + "that the connection was aborted.";

    public static readonly IReadOnlyDictionary<string, StreamDifference> All =
        new Dictionary<string, StreamDifference>
        {
            ["the peer writes on after dispose"] = new("IOException Shutdown", "IOException ConnectionReset", Lasting),
            ["reset by the peer, then write"] = new("IOException Shutdown", "IOException ConnectionReset", Lasting),
            ["abort while a read waits"] =
                new("IOException OperationAborted", "IOException ConnectionAborted", AbortIsNoDisposal),
            ["read after abort"] = new("IOException", "IOException ConnectionAborted", AbortIsNoDisposal),
            ["write after abort"] = new("IOException", "IOException ConnectionAborted", AbortIsNoDisposal),
        };
}
