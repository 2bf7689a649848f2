using System.Net;
using UserTcp.Cli.Control;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Cli.Filters;

/// <summary>What a filter sees of a connection or of a segment's connection.</summary>
/// <param name="State">The state.</param>
/// <param name="Local">Our address.</param>
/// <param name="LocalPort">Our port.</param>
/// <param name="Peer">The peer's address; unspecified for a listener.</param>
/// <param name="PeerPort">The peer's port; 0 for a listener.</param>
internal readonly record struct SocketAddresses(
    TcpState State, IpAddress Local, int LocalPort, IpAddress Peer, int PeerPort)
{
    /// <summary>The connection of an event, in the state after it.</summary>
    public static SocketAddresses Of(in TraceEvent traceEvent) => new(
        traceEvent.Kind == TraceEventKind.Segment
            ? traceEvent.Segment.After
            : traceEvent.Vitals?.State ?? TcpState.Closed,
        traceEvent.Tuple.LocalAddress, traceEvent.Tuple.LocalPort.Value, traceEvent.Tuple.RemoteAddress,
        traceEvent.Tuple.RemotePort.Value);

    /// <summary>A row of the socket table. What cannot be read is unspecified.</summary>
    public static SocketAddresses Of(ConnectionRow row)
    {
        var local = Read(row.Local);
        var peer = Read(row.Peer);
        return new(
            StateNames.Find(row.State) ?? TcpState.Closed, IpAddress.From(local.Address), local.Port,
            IpAddress.From(peer.Address), peer.Port);
    }

    private static IPEndPoint Read(string text) =>
        IPEndPoint.TryParse(text, out var endPoint) ? endPoint : new IPEndPoint(IPAddress.IPv6Any, 0);
}
