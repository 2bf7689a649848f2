using System.Runtime.InteropServices;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Security;
using UserTcp.Engine.Timers;
using UserTcp.Wire;

namespace UserTcp.Engine.Tables;

/// <summary>
/// The SYN queue: passive opens in SYN-RECEIVED (docs/decisions/0006). Lookup is by four-tuple, hashed with a secret
/// key; a heap orders the entries by deadline.
/// </summary>
internal sealed class HalfOpenTable
{
    private const int None = -1;
    private const int InitialCapacity = 64;

    private readonly SipKey _key;
    private readonly HostAddresses _addresses;
    private readonly TimeSpan _timeout;
    private readonly DeadlineHeap<int, Store> _deadlines;
    private HalfOpenEntry[] _entries = new HalfOpenEntry[InitialCapacity];
    private int[] _buckets = NewBuckets(InitialCapacity);
    private int _used;
    private int _free = None;

    /// <summary>An empty table. An entry expires <paramref name="timeout"/> after its SYN.</summary>
    public HalfOpenTable(SipKey key, HostAddresses addresses, TimeSpan timeout)
    {
        _key = key;
        _addresses = addresses;
        _timeout = timeout;
        _deadlines = new DeadlineHeap<int, Store>(new Store(this));
    }

    public int Count => _deadlines.Count;

    /// <summary>True during a change. Still true after an exception: then the table is broken.</summary>
    public bool IsChanging { get; private set; }

    /// <summary>The earliest deadline of an entry.</summary>
    public MonotonicTime NextDeadline => _deadlines.NextDeadline;

    /// <summary>The index of the entry of a four-tuple, or -1.</summary>
    public int Find(in FourTuple tuple) => Count == 0 ? None : Find(tuple, SipHash24.Hash(_key, tuple));

    /// <summary>The index of the entry of a four-tuple with a known hash, or -1.</summary>
    public int Find(in FourTuple tuple, ulong hash)
    {
        if (Count == 0)
            return None;
        var i = _buckets[BucketOf(hash)];
        while (i != None && !_entries[i].Tuple.Is(tuple, _addresses))
            i = _entries[i].NextInBucket;
        return i;
    }

    /// <summary>The index of an entry whose deadline has passed, or -1.</summary>
    public int FindDue(MonotonicTime now) => Count > 0 && _deadlines.NextDeadline <= now ? _deadlines.First : None;

    /// <summary>The index of the entry with the earliest deadline. The table must not be empty.</summary>
    public int First => _deadlines.First;

    public ref readonly HalfOpenEntry At(int index) => ref _entries[index];

    public FourTuple TupleAt(int index) => _entries[index].Tuple.Expand(_addresses);

    /// <summary>Adds an entry for a four-tuple that has none.</summary>
    public void Add(in FourTuple tuple, in HalfOpenEntry entry)
    {
        IsChanging = true;
        var index = Allocate();
        _entries[index] = entry;
        _entries[index].Tuple = new CompactTuple(tuple, _addresses);
        LinkBucket(index);
        _deadlines.Add(index);
        IsChanging = false;
    }

    public void Remove(int index)
    {
        IsChanging = true;
        UnlinkBucket(index);
        _deadlines.Remove(index);
        _entries[index] = new HalfOpenEntry { NextInBucket = _free, Place = None };
        _free = index;
        IsChanging = false;
    }

    /// <summary>The indices of all entries, in no particular order. The current one may be removed.</summary>
    public IEnumerable<int> Indices()
    {
        for (var i = 0; i < _used; i++)
        {
            if (_entries[i].Place != None)
                yield return i;
        }
    }

    private static int[] NewBuckets(int count)
    {
        var buckets = new int[count];
        Array.Fill(buckets, None);
        return buckets;
    }

    private int BucketOf(in FourTuple tuple) => BucketOf(SipHash24.Hash(_key, tuple));

    private int BucketOf(ulong hash) => (int)(hash & (uint)(_buckets.Length - 1));

    private int Allocate()
    {
        if (_free != None)
        {
            var index = _free;
            _free = _entries[index].NextInBucket;
            return index;
        }

        if (_used == _entries.Length)
            Grow();
        return _used++;
    }

    private void Grow()
    {
        Array.Resize(ref _entries, _entries.Length * 2);
        _buckets = NewBuckets(_entries.Length);
        for (var i = 0; i < _used; i++)
            LinkBucket(i);
    }

    private void LinkBucket(int index)
    {
        ref var bucket = ref _buckets[BucketOf(TupleAt(index))];
        _entries[index].NextInBucket = bucket;
        bucket = index;
    }

    private void UnlinkBucket(int index)
    {
        ref var link = ref _buckets[BucketOf(TupleAt(index))];
        while (link != index)
            link = ref _entries[link].NextInBucket;
        link = _entries[index].NextInBucket;
    }

    private readonly struct Store(HalfOpenTable table) : IDeadlineStore<int>
    {
        public MonotonicTime DeadlineOf(int item)
        {
            ref var entry = ref table._entries[item];
            return MonotonicTime.Min(entry.Retransmission, entry.Since + table._timeout);
        }

        public int PlaceOf(int item) => table._entries[item].Place;

        public void SetPlace(int item, int place) => table._entries[item].Place = place;
    }
}

/// <summary>A passive open in SYN-RECEIVED: 72 bytes, without references.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal struct HalfOpenEntry
{
    /// <summary>Maximum of <see cref="Timeouts"/>; the count stops there.</summary>
    public const int MaxTimeouts = (1 << TimeoutBits) - 1;

    private const int ScaleBits = 4;
    private const int TimeoutBits = 6;
    private const int FlagBits = 6;

    // The order of the fields avoids padding.
    public CompactTuple Tuple;

    /// <summary>The window of the peer's SYN, never scaled.</summary>
    public ushort Window;

    /// <summary>When the SYN arrived: the start of the RTT measurement and of the give-up time.</summary>
    public MonotonicTime Since;

    /// <summary>When the SYN,ACK is retransmitted; <see cref="MonotonicTime.Never"/> when it is not.</summary>
    public MonotonicTime Retransmission;

    public SeqNum Iss;
    public SeqNum Irs;

    /// <summary>TS.Recent; valid with <see cref="HalfOpenFlags.Stamps"/>.</summary>
    public uint TsRecent;

    public ushort PeerMss;

    // From the lowest bit: the peer's window scale (at most 14), the count of timeouts, the flags.
    private ushort _packed;

    /// <summary>No further challenge ACK is sent before this time, in milliseconds after <see cref="Since"/>.</summary>
    public uint UnchallengedFor;

    /// <summary>The number of its listener.</summary>
    public int Listener;

    /// <summary>The next entry in the same bucket, or -1; and the place in the heap.</summary>
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

/// <summary>The flags of a half-open connection, in six bits.</summary>
[Flags]
internal enum HalfOpenFlags : byte
{
    None = 0,

    /// <summary>Both SYNs have the window scale option.</summary>
    Scales = 1,

    /// <summary>The SYN,ACK was retransmitted.</summary>
    Repeated = 2,

    /// <summary>
    /// An ACK has offered a larger window than a SYN,ACK can; the window must not shrink (RFC 9293 section 3.8.6).
    /// </summary>
    OfferedMore = 4,

    /// <summary>Snd.TS.OK: both SYNs have timestamps.</summary>
    Stamps = 8,

    /// <summary>Both SYNs permit SACK.</summary>
    Sacks = 16,

    /// <summary>The peer's SYN requests ECN, and ours agrees.</summary>
    Ecn = 32,
}
