namespace UserTcp.AspNetCore.Tests.Kit;

/// <summary>A case that has another outcome over the stack than over sockets, and why.</summary>
/// <param name="Stack">The outcome over the stack.</param>
/// <param name="Reason">Why it stays so.</param>
internal sealed record Difference(string Stack, string Reason);

/// <summary>All known differences, by the case's name.</summary>
internal static class Differences
{
    public static readonly IReadOnlyDictionary<string, Difference> All = new Dictionary<string, Difference>
    {
        ["features of a connection"] = new(
            "id items transport lifetime ends pool notification heartbeat complete UserTcpConnection",
            "There is no socket: the connection of the stack has its place. The ends of the connection are a feature "
            + "as well, for applications that have no HttpContext."),
        ["a handler completes its output and reads on"] = new(
            "FIN, then the handler reads more",
            "Over sockets the end of the output ends the input as well. The stack sends FIN, and the handler may read "
            + "what the client still sends: TCP has two directions (RFC 9293 section 3.6)."),
    };
}
