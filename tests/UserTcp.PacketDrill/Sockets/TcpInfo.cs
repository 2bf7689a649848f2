using System.Runtime.InteropServices;
using UserTcp.Engine;
using UserTcp.Engine.Contract;
using UserTcp.PacketDrill.World;
using UserTcp.Wire;

namespace UserTcp.PacketDrill.Sockets;

/// <summary>
/// Linux's struct tcp_info (include/uapi/linux/tcp.h), all 280 octets; fields that the engine does not have are zero.
/// </summary>
internal static class TcpInfo
{
    public const int Length = 280;

    // The offsets of the fields.
    public const int State = 0;
    public const int CongestionState = 1;
    public const int Probes = 3;
    public const int Backoff = 4;
    public const int Options = 5;
    public const int WindowScales = 6;
    public const int Rto = 8;
    public const int Ato = 12;
    public const int SendMssOffset = 16;
    public const int ReceiveMss = 20;
    public const int Unacknowledged = 24;
    public const int Sacked = 28;
    public const int Lost = 32;
    public const int Retransmitted = 36;
    public const int SinceDataSent = 44;
    public const int SinceDataReceived = 52;
    public const int SinceAckReceived = 56;
    public const int PathMtu = 60;
    public const int ReceiveThreshold = 64;
    public const int Rtt = 68;
    public const int RttVariation = 72;
    public const int SendThreshold = 76;
    public const int SendCongestionWindow = 80;
    public const int AdvertisedMss = 84;
    public const int Reordering = 88;
    public const int ReceiveSpace = 96;
    public const int TotalRetransmissions = 100;
    public const int OctetsAcknowledged = 120;
    public const int OctetsReceived = 128;
    public const int NotSent = 144;
    public const int MinRtt = 148;
    public const int Delivered = 192;
    public const int OctetsSent = 200;
    public const int SendWindow = 228;
    public const int ReceiveWindow = 232;

    /// <summary>tcpi_snd_ssthresh before the first loss.</summary>
    public const uint InfiniteThreshold = 0x7FFF_FFFF;

    // TCPI_OPT_TIMESTAMPS and so on.
    private const byte TimestampsOption = 1;
    private const byte SackOption = 2;
    private const byte EcnOption = 8;
    private const byte SynDataOption = 32;

    private const int DefaultMss = 536;
    private const int DefaultReordering = 3;

    public static void Write(Span<byte> info, SocketFile socket, VirtualWorld world)
    {
        info[State] = StateOf(socket);
        Put(info, Reordering, DefaultReordering);
        Put(info, SendCongestionWindow, 10);
        Put(info, SendThreshold, InfiniteThreshold);
        if (socket.Connection is null)
        {
            Put(info, SendMssOffset, DefaultMss);
            return;
        }

        WriteConnection(info, socket, socket.Connection.Tuple, world.Engine.GetSnapshot(socket.Connection), world);
    }

    /// <summary>The value of TCP_MAXSEG.</summary>
    public static int SendMss(SocketFile socket, TcpEngine engine) =>
        socket.Connection is null ? DefaultMss : engine.GetSnapshot(socket.Connection).SendMss;

    private static void WriteConnection(
        Span<byte> info, SocketFile socket, FourTuple tuple, ConnectionSnapshot snapshot, VirtualWorld world)
    {
        var mss = Math.Max(snapshot.SendMss, 1);
        var outstanding = unchecked(snapshot.SndNxt - snapshot.SndUna);
        var advertised = (uint)(world.Settings.Mtu - IpHeader.LengthFor(tuple.LocalAddress) - TcpHeader.MinLength);
        info[Options] = OptionsOf(snapshot);
        WriteLosses(info, snapshot, mss);
        WriteTimes(info, snapshot);
        var synIsAcknowledged = snapshot.SndUna > 0 ? 1 : 0;
        Put(info, Delivered, (uint)(synIsAcknowledged + Segments(snapshot.DataAcknowledged - socket.SynData, mss)
            + snapshot.SackedSegments));
        Put(info, Rto, Microseconds(snapshot.Rto));
        Put(info, Ato, Microseconds(world.Settings.DelayedAck));
        Put(info, SendMssOffset, (uint)mss);
        Put(info, ReceiveMss, Math.Min(advertised, DefaultMss));
        Put(info, Unacknowledged, Segments(outstanding, mss));
        Put(info, PathMtu, (uint)world.Settings.Mtu);
        Put(info, ReceiveThreshold, snapshot.RcvWnd);
        Put(info, Rtt, Microseconds(snapshot.SmoothedRtt));
        Put(info, RttVariation, Microseconds(snapshot.RttVariation));
        if (snapshot.SlowStartThreshold != long.MaxValue)
            Put(info, SendThreshold, (uint)Math.Min(snapshot.SlowStartThreshold / mss, InfiniteThreshold));
        if (snapshot.CongestionWindow > 0)
            Put(info, SendCongestionWindow, (uint)(snapshot.CongestionWindow / mss));
        Put(info, AdvertisedMss, advertised);
        Put(info, ReceiveSpace, snapshot.RcvWnd);
        Put(info, TotalRetransmissions, (uint)snapshot.Retransmissions);
        Put(info, OctetsAcknowledged, (ulong)snapshot.DataAcknowledged);
        Put(info, OctetsReceived, (ulong)snapshot.DataReceived);
        Put(info, NotSent, (uint)Math.Max(snapshot.SendQueue - outstanding, 0));
        Put(info, OctetsSent, (ulong)snapshot.DataAcknowledged + outstanding);
        Put(info, SendWindow, snapshot.SndWnd);
        Put(info, ReceiveWindow, snapshot.RcvWnd);
    }

    private static byte OptionsOf(ConnectionSnapshot snapshot) => (byte)(
        (snapshot.Timestamps ? TimestampsOption : 0) | (snapshot.Sack ? SackOption : 0)
            | (snapshot.Ecn ? EcnOption : 0) |
        (snapshot.SynDataAccepted ? SynDataOption : 0));

    private static void WriteLosses(Span<byte> info, ConnectionSnapshot snapshot, int mss)
    {
        info[CongestionState] = (byte)(snapshot.Recovery switch
        {
            RecoveryState.WindowReduced => 2,
            RecoveryState.Recovery => 3,
            RecoveryState.Timeout => 4,
            // TCP_CA_Disorder: SACKed data without loss.
            _ => snapshot.SackedSegments > 0 ? 1 : 0,
        });
        info[Probes] = (byte)Math.Min(snapshot.ZeroWindowProbes, byte.MaxValue);
        info[Backoff] = (byte)Math.Min(Math.Max(snapshot.Backoff, snapshot.ZeroWindowProbes), byte.MaxValue);
        Put(info, Sacked, (uint)snapshot.SackedSegments);
        Put(info, Lost, Segments(snapshot.Lost, mss));
        Put(info, Retransmitted, Segments(snapshot.Retransmitted, mss));
    }

    /// <summary>Milliseconds, except for the round trip.</summary>
    private static void WriteTimes(Span<byte> info, ConnectionSnapshot snapshot)
    {
        Put(info, SinceDataSent, Milliseconds(snapshot.SinceDataSent));
        // Before any data Linux counts from the handshake.
        Put(info, SinceDataReceived, Milliseconds(snapshot.SinceDataReceived ?? snapshot.SinceAckReceived));
        Put(info, SinceAckReceived, Milliseconds(snapshot.SinceAckReceived));
        Put(info, MinRtt, Microseconds(snapshot.MinRtt));
    }

    private static uint Segments(long octets, int mss) => (uint)((Math.Max(octets, 0) + mss - 1) / mss);

    private static uint Milliseconds(TimeSpan? span) => (uint)(span?.TotalMilliseconds ?? 0);

    /// <summary>The state in Linux's numbering.</summary>
    private static byte StateOf(SocketFile socket) => (byte)(socket.IsListening ? 10 : socket.Connection?.State switch
    {
        TcpState.Established => 1,
        TcpState.SynSent => 2,
        TcpState.SynReceived => 3,
        TcpState.FinWait1 => 4,
        TcpState.FinWait2 => 5,
        TcpState.CloseWait => 8,
        TcpState.LastAck => 9,
        TcpState.Closing => 11,
        // A socket in TIME-WAIT is closed to its program.
        _ => 7,
    });

    private static uint Microseconds(TimeSpan span) =>
        (uint)Math.Clamp(span.Ticks / TimeSpan.TicksPerMicrosecond, 0, uint.MaxValue);

    private static void Put(Span<byte> info, int offset, uint value) => MemoryMarshal.Write(info[offset..], value);

    private static void Put(Span<byte> info, int offset, ulong value) => MemoryMarshal.Write(info[offset..], value);
}
