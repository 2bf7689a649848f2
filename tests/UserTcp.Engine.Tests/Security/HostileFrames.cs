using UserTcp.Engine.Tests.Input;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Security;

/// <summary>Seeded hostile frames: almost valid segments, corrupt ones, and noise.</summary>
internal sealed class HostileFrames(Script script, int seed)
{
    private readonly Random _random = new(seed);

    public byte[] Next() => _random.Next(10) switch
    {
        0 => Noise(),
        1 => Damaged(Segment()),
        2 => QuotedError(),
        3 => Damaged(DropTests.Udp(script.Peer, script.Host.Address, _random.Next(1000))),
        4 => DropTests.Echo(script.Peer, script.Host.Address),
        _ => Segment(),
    };

    public int Next(int limit) => _random.Next(limit);

    private byte[] Noise()
    {
        var frame = new byte[_random.Next(1500)];
        _random.NextBytes(frame);
        if (frame.Length > 0)
            frame[0] = (byte)(script.Peer.IsIPv4 ? 0x40 | (frame[0] & 0x0F) : 0x60);
        return frame;
    }

    private byte[] Damaged(byte[] frame)
    {
        for (var i = _random.Next(4); i >= 0; i--)
            frame[_random.Next(frame.Length)] = (byte)_random.Next(256);
        return frame[..(_random.Next(4) == 0 ? _random.Next(frame.Length) : frame.Length)];
    }

    /// <summary>A valid checksum, random flags, and sequence numbers at, near, or far from the connection's.</summary>
    private byte[] Segment()
    {
        var state = script.Engine.GetSnapshots(script.Now).FirstOrDefault(c => c.Tuple == script.Tuple);
        var seq = script.Irs + (state?.RcvNxt ?? 0) + Offset();
        var ack = script.Iss + (state?.SndNxt ?? 0) + Offset();
        var port = _random.Next(20) == 0 ? new Port((ushort)(30_000 + _random.Next(50))) : script.PeerPort;
        var header = new TcpHeader(
            port, script.HostPort, seq, ack, Flags(), (ushort)_random.Next(65_536), (ushort)_random.Next(65_536));
        var data = new byte[_random.Next(3) == 0 ? _random.Next(1400) : 0];
        return Frames.Tcp(script.Peer, script.Host.Address, header, Options(), data);
    }

    private TcpFlags Flags() => _random.Next(3) == 0 ? (TcpFlags)_random.Next(256) : TcpFlags.Ack;

    private TcpOptions Options() => _random.Next(4) != 0 ? default : new TcpOptions
    {
        Mss = (ushort)_random.Next(65_536),
        WindowScale = WindowScale.FromWire((byte)_random.Next(256)),
        Timestamps = _random.Next(2) == 0 ? new TcpTimestamps((uint)_random.Next(), 0) : null,
    };

    private int Offset() => _random.Next(8) switch
    {
        0 => _random.Next(-3, 4),
        1 => _random.Next(-70_000, 70_000),
        2 => _random.Next(int.MinValue, int.MaxValue),
        3 => int.MinValue,
        _ => 0,
    };

    private byte[] QuotedError()
    {
        byte[] types = script.Peer.IsIPv4 ? [3, 4, 5, 11, 12] : [1, 2, 3, 4];
        var quoted = script.LastSent.Length > 0
            ? script.LastSent[..Math.Min(script.LastSent.Length, 500)]
            : new byte[48];
        if (_random.Next(2) == 0)
            quoted = Damaged([.. quoted]);
        var mtu = (uint)_random.Next(2000);
        return Frames.Icmp(
            script.Peer, script.Host.Address, types[_random.Next(types.Length)], (byte)_random.Next(8), mtu, quoted);
    }
}
