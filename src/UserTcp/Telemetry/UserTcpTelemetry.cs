using System.Net.Sockets;
using UserTcp.Engine.Contract;

namespace UserTcp;

/// <summary>The names under which stacks report what they do, for collectors such as OpenTelemetry's.</summary>
public static class UserTcpTelemetry
{
    /// <summary>The meter of every stack; its tag <c>network.interface.name</c> is the link's name.</summary>
    public const string MeterName = "UserTcp";

    /// <summary>
    /// The source of activities: <c>UserTcp.Connect</c> from the start of an attempt to connect to its end, and
    /// <c>UserTcp.Accept</c>, without a duration, when the application accepts a connection. UserTcp.Capture adds
    /// <c>UserTcp.Connection</c>, from the begin of a connection to its end, where that is asked for.
    /// </summary>
    public const string ActivitySourceName = "UserTcp";

    /// <summary>
    /// The event source, for <c>dotnet-trace</c> and listeners in the process. That of UserTcp.Capture,
    /// <c>UserTcp.Trace</c>, has every segment with its reason.
    /// </summary>
    public const string EventSourceName = "UserTcp";

    /// <summary>An error as the attribute <c>error.type</c> has it: <c>connection_refused</c>.</summary>
    internal static string NameOf(SocketError error) => SnakeCase(error.ToString());

    /// <summary>A state as the attribute <c>network.connection.state</c> has it: <c>fin_wait_1</c>.</summary>
    internal static string NameOf(TcpState state) => SnakeCase(state.ToString());

    private static string SnakeCase(string name) => string.Concat(name.Select((c, i) =>
        char.IsUpper(c) || char.IsDigit(c) ? (i > 0 ? "_" : "") + char.ToLowerInvariant(c) : c.ToString()));
}
