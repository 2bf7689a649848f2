using UserTcp.Engine.Contract;
using UserTcp.Engine.State;
using UserTcp.Engine.Udp;
using UserTcp.Wire;

namespace UserTcp.Engine.Input;

/// <summary>
/// ICMP errors about our datagrams (RFC 1122 section 4.1.3.3). Anybody can forge an error. So it counts only when it
/// quotes a datagram that was sent lately, with its checksum (<see cref="SentDatagrams"/>).
/// </summary>
internal static class UdpErrors
{
    /// <summary>Handles an error.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="kind">What the error means.</param>
    /// <param name="mtu">The next-hop MTU of a packet that was too big; 0 when it is not valid.</param>
    /// <param name="quoted">The datagram.</param>
    /// <param name="now">The time.</param>
    public static void Handle(
        EngineState engine, IcmpInput.Kind kind, int mtu, in QuotedDatagram quoted, MonotonicTime now)
    {
        var peer = new UdpPeer(quoted.Tuple.RemoteAddress, quoted.Tuple.RemotePort);
        if (engine.Udp.Find(quoted.Tuple.LocalAddress, quoted.Tuple.LocalPort, peer) is not { } endpoint
            || !endpoint.Sent.Contains(engine.Keys.Table, quoted))
        {
            engine.Counters.Add(Counter.DroppedIcmp);
            return;
        }

        if (kind == IcmpInput.Kind.TooBig)
        {
            if (mtu == 0 || IpHeader.LengthFor(peer.Address) + quoted.Length <= mtu)
            {
                engine.Counters.Add(Counter.DroppedIcmp);
                return;
            }

            engine.UdpPathMtus.Lower(peer.Address, mtu, now);
        }

        Report(engine, endpoint, peer, kind);
    }

    /// <summary>
    /// Linux reports hard errors to connected sockets, and others only with IP_RECVERR.
    /// </summary>
    private static void Report(EngineState engine, UdpEndpoint endpoint, in UdpPeer peer, IcmpInput.Kind kind)
    {
        var isHardOfPeer = kind == IcmpInput.Kind.Hard && endpoint.Peer == peer;
        if (!isHardOfPeer && (endpoint.Flags & UdpFlags.ReportsErrors) == 0)
            return;
        endpoint.ErrorPeer = peer;
        endpoint.Error = kind switch
        {
            IcmpInput.Kind.Hard => EngineError.ConnectionRefused,
            IcmpInput.Kind.TooBig => EngineError.MessageTooLong,
            IcmpInput.Kind.SoftNetwork => EngineError.NetworkUnreachable,
            _ => EngineError.HostUnreachable,
        };
        engine.Events.Raise(endpoint, EngineEvents.SoftError);
    }
}
