using System.Runtime.InteropServices;
using UserTcp.Wire;

namespace UserTcp.Engine.Tables;

/// <summary>All that is left of a connection in TIME-WAIT: 56 octets.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal struct TimeWaitEntry
{
    // The order of fields is one without gaps.
    public CompactTuple Tuple;

    private bool _stamps;

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
        readonly get => _stamps ? _tsRecent : null;
        set
        {
            _stamps = value is not null;
            _tsRecent = value.GetValueOrDefault();
        }
    }
}
