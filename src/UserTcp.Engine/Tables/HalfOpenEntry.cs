using System.Runtime.InteropServices;
using UserTcp.Wire;

namespace UserTcp.Engine.Tables;

/// <summary>What has to be kept of a passive open in SYN-RECEIVED whose SYN,ACK is on its way: 72 octets, without any reference.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal struct HalfOpenEntry
{
    private const int FlagsShift = 4;

    // The order of fields is one without gaps.
    public CompactTuple Tuple;

    /// <summary>The window of the peer's SYN, which is not scaled.</summary>
    public ushort Window;

    /// <summary>When the SYN was taken: the round trip is measured from here, and patience.</summary>
    public MonotonicTime Since;

    /// <summary>When the SYN,ACK goes out again; <see cref="MonotonicTime.Never"/> when it does not.</summary>
    public MonotonicTime Retransmission;

    public SeqNum Iss;
    public SeqNum Irs;

    /// <summary>TS.Recent; counts with <see cref="HalfOpenFlags.Stamps"/>.</summary>
    public uint TsRecent;

    public ushort PeerMss;

    // The peer's scale in the lower four bits (14 at most), the flags in the upper ones.
    private byte _scaleAndFlags;

    /// <summary>How often the SYN,ACK has timed out.</summary>
    public byte Timeouts;

    /// <summary>Before this time, in milliseconds after <see cref="Since"/>, no further challenge ACK is sent.</summary>
    public uint UnchallengedFor;

    /// <summary>Which listener it came from: <see cref="Listener.Number"/>.</summary>
    public int Listener;

    /// <summary>The next entry in the same bucket, or -1; and the place in the order of deadlines.</summary>
    public int NextInBucket;
    public int Place;

    public WindowScale PeerScale
    {
        readonly get => WindowScale.FromWire((byte)(_scaleAndFlags & ((1 << FlagsShift) - 1)));
        set => _scaleAndFlags = Pack(value, Flags);
    }

    public HalfOpenFlags Flags
    {
        readonly get => (HalfOpenFlags)(_scaleAndFlags >> FlagsShift);
        set => _scaleAndFlags = Pack(PeerScale, value);
    }

    private static byte Pack(WindowScale scale, HalfOpenFlags flags) => (byte)(scale.Shift | ((int)flags << FlagsShift));
}

/// <summary>The yes and no of a half-open connection, in four bits.</summary>
[Flags]
internal enum HalfOpenFlags : byte
{
    None = 0,

    /// <summary>The peer's SYN has the window scale option, and so has ours.</summary>
    Scales = 1,

    /// <summary>The SYN,ACK went out more than once.</summary>
    Repeated = 2,

    /// <summary>An ACK has offered a larger window than a SYN,ACK can, and what has been offered stays offered (RFC 9293 section 3.8.6).</summary>
    OfferedMore = 4,

    /// <summary>The peer's SYN has timestamps, and so has ours: Snd.TS.OK.</summary>
    Stamps = 8,
}
