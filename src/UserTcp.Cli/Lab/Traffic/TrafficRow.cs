using System.Text.Json;

namespace UserTcp.Cli.Lab.Traffic;

/// <summary>
/// The body of a request for traffic. Its members can be set: generated code drops the defaults of others.
/// </summary>
internal sealed record TrafficRequest
{
    /// <summary>Who opens: "kernel" or "stack".</summary>
    public string Role { get; set; } = "kernel";

    /// <summary>Bytes to send, of all connections together.</summary>
    public long Bytes { get; set; } = 10 << 20;
}

/// <summary>Traffic that the page has started.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Kind">What it does.</param>
/// <param name="Role">Who opens.</param>
/// <param name="State">"running", "done" or "failed".</param>
/// <param name="Says">Why it failed, and how a simultaneous close is certain; else empty.</param>
/// <param name="Command">A command line for a shell in the lab that does the same; empty where there is none.</param>
/// <param name="Connections">The stack's ends and the kernel's.</param>
internal sealed record TrafficRow(
    int Id, string Kind, string Role, string State, string Says, string Command,
    IReadOnlyList<TrafficConnection> Connections)
{
    /// <summary>"slow-reader".</summary>
    public static string NameOf(TrafficKind kind) => JsonNamingPolicy.KebabCaseLower.ConvertName(kind.ToString());

    public static TrafficKind? KindOf(string name)
    {
        foreach (var kind in Enum.GetValues<TrafficKind>())
        {
            if (NameOf(kind) == name)
                return kind;
        }

        return null;
    }
}

/// <summary>A connection: local is the stack's end.</summary>
internal sealed record TrafficConnection(string Local, string Peer);
