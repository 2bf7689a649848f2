using System.Runtime.InteropServices;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Security;
using UserTcp.Engine.Timers;
using UserTcp.Wire;

namespace UserTcp.Engine.Tables;

/// <summary>
/// Passive opens that wait for the third segment of their handshake (docs/decisions/0006): found by their four-tuple, hashed under a
/// secret key, and ordered by when somebody has to look at them.
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

    /// <summary>Entries are given up <paramref name="timeout"/> after they began.</summary>
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

    /// <summary>When the next entry has to be looked at.</summary>
    public MonotonicTime NextDeadline => _deadlines.NextDeadline;

    /// <summary>The index of the entry for a tuple, or -1.</summary>
    public int Find(in FourTuple tuple) => Count == 0 ? None : Find(tuple, SipHash24.Hash(_key, tuple));

    /// <summary>The index of the entry for a tuple whose hash is known, or -1.</summary>
    public int Find(in FourTuple tuple, ulong hash)
    {
        if (Count == 0)
            return None;
        var i = _buckets[BucketOf(hash)];
        while (i != None && !_entries[i].Tuple.Is(tuple, _addresses))
            i = _entries[i].NextInBucket;
        return i;
    }

    /// <summary>The index of an entry that is due, or -1.</summary>
    public int FindDue(MonotonicTime now) => Count > 0 && _deadlines.NextDeadline <= now ? _deadlines.First : None;

    /// <summary>The index of the entry that has to be looked at first. There has to be one.</summary>
    public int First => _deadlines.First;

    public ref readonly HalfOpenEntry At(int index) => ref _entries[index];

    public FourTuple TupleAt(int index) => _entries[index].Tuple.Expand(_addresses);

    /// <summary>Adds an entry for a tuple that is not in the table.</summary>
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

    /// <summary>The indices of all entries, in no particular order. Removing the one at hand is allowed.</summary>
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

    /// <summary>The number of its listener.</summary>
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
