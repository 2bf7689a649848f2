using System.Runtime.InteropServices;
using UserTcp.Engine.Contract;
using UserTcp.Engine.State;
using UserTcp.Wire;

namespace UserTcp.Engine.Tables;

/// <summary>What has to be kept of a passive open in SYN-RECEIVED whose SYN,ACK is on its way: 72 octets, without any reference.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal struct HalfOpenEntry
{
    /// <summary>The count of timeouts stays at this.</summary>
    public const int MaxTimeouts = (1 << TimeoutBits) - 1;

    private const int ScaleBits = 4;
    private const int TimeoutBits = 6;
    private const int FlagBits = 6;

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

    // From the lowest bit: the peer's scale (14 at most), how often the SYN,ACK has timed out, the flags.
    private ushort _packed;

    /// <summary>Before this time, in milliseconds after <see cref="Since"/>, no further challenge ACK is sent.</summary>
    public uint UnchallengedFor;

    /// <summary>Which listener it came from: <see cref="Listener.Number"/>.</summary>
    public int Listener;

    /// <summary>The next entry in the same bucket, or -1; and the place in the order of deadlines.</summary>
    public int NextInBucket;
    public int Place;

    public WindowScale PeerScale
    {
        readonly get => WindowScale.FromWire((byte)Bits(0, ScaleBits));
        set => SetBits(0, ScaleBits, value.Shift);
    }

    /// <summary>How often the SYN,ACK has timed out.</summary>
    public int Timeouts
    {
        readonly get => Bits(ScaleBits, TimeoutBits);
        set => SetBits(ScaleBits, TimeoutBits, value);
    }

    public HalfOpenFlags Flags
    {
        readonly get => (HalfOpenFlags)Bits(ScaleBits + TimeoutBits, FlagBits);
        set => SetBits(ScaleBits + TimeoutBits, FlagBits, (int)value);
    }

    private readonly int Bits(int shift, int count) => (_packed >> shift) & ((1 << count) - 1);

    private void SetBits(int shift, int count, int value)
    {
        var mask = ((1 << count) - 1) << shift;
        _packed = (ushort)((_packed & ~mask) | (value << shift));
    }
}

/// <summary>The yes and no of a half-open connection, in six bits.</summary>
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

    /// <summary>The peer's SYN permits SACK, and so does ours.</summary>
    Sacks = 16,

    /// <summary>The peer's SYN asks for explicit congestion notification, and ours agrees.</summary>
    Ecn = 32,
}
