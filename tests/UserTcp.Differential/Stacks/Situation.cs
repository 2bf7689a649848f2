using UserTcp.Engine.Contract;

namespace UserTcp.Differential.Stacks;

/// <summary>The state of the engine's connection, by which rules match a difference.</summary>
/// <param name="State">The state in the RFC's words; LISTEN when only a listener is left.</param>
/// <param name="HasSocket">The user has opened or accepted the connection and not closed it.</param>
/// <param name="Flight">SND.NXT - SND.UNA.</param>
/// <param name="Unsent">Octets that the user has sent and the stack has not.</param>
/// <param name="Unread">Octets received that the user has not read.</param>
/// <param name="Received">RCV.NXT - IRS.</param>
/// <param name="Window">RCV.WND.</param>
/// <param name="PeerWindow">SND.WND.</param>
/// <param name="PeerScale">The shift of the peer's window fields.</param>
/// <param name="Mss">Eff.snd.MSS.</param>
/// <param name="CongestionWindow">cwnd, octets.</param>
/// <param name="NoDelay">Nagle's algorithm is off.</param>
internal sealed record Situation(
    string State, bool HasSocket, int Flight, long Unsent, long Unread, uint Received, uint Window, uint PeerWindow,
    int PeerScale, int Mss, long CongestionWindow, bool NoDelay)
{
    public static readonly IReadOnlyList<string> States =
    [
        "CLOSED", "LISTEN", "SYN-SENT", "SYN-RECEIVED", "ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2", "CLOSE-WAIT",
        "CLOSING", "LAST-ACK", "TIME-WAIT",
    ];

    public static Situation Of(IReadOnlyList<ConnectionSnapshot> snapshots, bool hasSocket)
    {
        var connection = snapshots.FirstOrDefault(snapshot => snapshot.State != TcpState.Listen);
        if (connection is null)
        {
            return new Situation(
                States[(int)(snapshots.Count > 0 ? TcpState.Listen : TcpState.Closed)], hasSocket, 0, 0, 0,
                0, 0, 0, 0, 0, 0, false);
        }

        return new Situation(
            States[(int)connection.State], hasSocket, connection.FlightSize, connection.Unsent, connection.ReceiveQueue,
            connection.RcvNxt, connection.RcvWnd, connection.SndWnd, connection.SendWindowScale, connection.SendMss,
            connection.CongestionWindow, connection.Options is { NoDelay: true });
    }
}
