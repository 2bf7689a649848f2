using System.Runtime.InteropServices;
using UserTcp.Wire;

namespace UserTcp.Engine.Tables;

/// <summary>All that is left of a connection in TIME-WAIT: 56 octets.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal struct TimeWaitEntry
{
    // The order of fields is one without gaps.
    public CompactTuple Tuple;

    private EntryFlags _flags;

    /// <summary>The window field of the last ACK, already scaled.</summary>
    public ushort WindowField;

    /// <summary>When anything but the peer's FIN was last answered, in milliseconds of the engine's clock modulo 2^16.</summary>
    public ushort AnsweredMilliseconds;

    private uint _tsRecent;

    public SeqNum SndNxt;
    public SeqNum RcvNxt;

    /// <summary>When 2 MSL end, in milliseconds of the engine's clock modulo 2^32.</summary>
    public uint ExpiryMilliseconds;

    /// <summary>Neighbours in order of expiry, and the next entry in the same bucket; -1 ends a list.</summary>
    public int Earlier;
    public int Later;
    public int NextInBucket;

    /// <summary>TS.Recent; null when the connection did not use timestamps. It cannot get 24 days old in here.</summary>
    public uint? TsRecent
    {
        readonly get => Has(EntryFlags.Stamps) ? _tsRecent : null;
        set
        {
            Set(EntryFlags.Stamps, value is not null);
            _tsRecent = value.GetValueOrDefault();
        }
    }

    /// <summary>What was last answered, at <see cref="AnsweredMilliseconds"/>, was a SYN.</summary>
    public bool HasAnsweredSyn
    {
        readonly get => Has(EntryFlags.AnsweredSyn);
        set => Set(EntryFlags.AnsweredSyn, value);
    }

    /// <summary>The peer has rejected that answer: its next SYN opens a new connection, whatever its number.</summary>
    public bool MayReopen
    {
        readonly get => Has(EntryFlags.MayReopen);
        set => Set(EntryFlags.MayReopen, value);
    }

    /// <summary>A SYN has opened a new connection, which was not established when last heard of.</summary>
    public bool IsReopened
    {
        readonly get => Has(EntryFlags.Reopened);
        set => Set(EntryFlags.Reopened, value);
    }

    private readonly bool Has(EntryFlags flag) => (_flags & flag) != 0;

    private void Set(EntryFlags flag, bool value) => _flags = value ? _flags | flag : _flags & ~flag;

    [Flags]
    private enum EntryFlags : byte
    {
        Stamps = 1,
        AnsweredSyn = 2,
        MayReopen = 4,
        Reopened = 8,
    }
}
