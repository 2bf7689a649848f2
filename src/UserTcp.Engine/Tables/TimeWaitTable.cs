using System.Numerics;
using System.Runtime.InteropServices;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Security;
using UserTcp.Wire;

namespace UserTcp.Engine.Tables;

/// <summary>
/// Connections in TIME-WAIT (RFC 9293 section 3.6.1), some 60 bytes each. Every entry waits the same 2 MSL, so a list
/// in order of entry is in order of expiry. At the limit the oldest entry is removed.
/// </summary>
internal sealed class TimeWaitTable
{
    private const int None = -1;
    private const int InitialCapacity = 64;

    // With the millisecond for rounding up, less than half of the range of a 32-bit clock.
    private const int MaxMilliseconds = int.MaxValue - 1;

    private readonly SipKey _key;
    private readonly HostAddresses _addresses;
    private readonly int _limit;
    private readonly uint _durationMilliseconds;
    private TimeWaitEntry[] _entries;
    private int[] _buckets = NewBuckets(InitialCapacity);
    private int _used;
    private int _free = None;
    private int _oldest = None;
    private int _newest = None;
    private int _reopened;

    public TimeWaitTable(SipKey key, HostAddresses addresses, int limit, TimeSpan duration)
    {
        _key = key;
        _addresses = addresses;
        _limit = limit;
        _entries = new TimeWaitEntry[Math.Min(InitialCapacity, limit)];
        _durationMilliseconds = (uint)Math.Min(Math.Ceiling(duration.TotalMilliseconds), MaxMilliseconds);
    }

    public int Count { get; private set; }

    /// <summary>True during a change. Still true after an exception: then the table is broken.</summary>
    public bool IsChanging { get; private set; }

    /// <summary>When the oldest entry expires.</summary>
    public MonotonicTime NextDeadline(MonotonicTime now) =>
        _oldest == None ? MonotonicTime.Never : now + Left(_oldest, now);

    /// <summary>The index of the entry of a four-tuple, or -1.</summary>
    public int Find(in FourTuple tuple) => Find(tuple, SipHash24.Hash(_key, tuple));

    /// <summary>The index of the entry of a four-tuple with a known hash, or -1.</summary>
    public int Find(in FourTuple tuple, ulong hash)
    {
        var i = _buckets[BucketOf(hash)];
        while (i != None && !_entries[i].Tuple.Is(tuple, _addresses))
            i = _entries[i].NextInBucket;
        return i;
    }

    /// <summary>The four-tuple of an entry.</summary>
    public FourTuple TupleAt(int index) => _entries[index].Tuple.Expand(_addresses);

    public ref TimeWaitEntry At(int index) => ref _entries[index];

    /// <summary>
    /// Adds an entry; returns true when the oldest was removed for it. <paramref name="tsRecent"/> is null without
    /// timestamps.
    /// </summary>
    public bool Add(
        in FourTuple tuple, SeqNum sndNxt, SeqNum rcvNxt, ushort windowField, MonotonicTime now, uint? tsRecent = null)
    {
        var overflow = Count == _limit;
        if (overflow)
            Remove(_oldest);
        IsChanging = true;
        var index = Allocate();
        ref var entry = ref _entries[index];
        entry.Tuple = new CompactTuple(tuple, _addresses);
        entry.SndNxt = sndNxt;
        entry.RcvNxt = rcvNxt;
        entry.WindowField = windowField;
        entry.TsRecent = tsRecent;
        // The longest time ago that 16 bits can express.
        entry.AnsweredMilliseconds = unchecked((ushort)(Milliseconds(now) + (1 << 15)));
        LinkBucket(index);
        LinkNewest(index, now);
        Count++;
        IsChanging = false;
        return overflow;
    }

    /// <summary>Restarts the 2 MSL timer of an entry (RFC 9293 section 3.10.7.4, eighth step).</summary>
    public void Restart(int index, MonotonicTime now)
    {
        IsChanging = true;
        UnlinkOrder(index);
        LinkNewest(index, now);
        IsChanging = false;
    }

    /// <summary>
    /// Records that a SYN has opened a new connection over an entry (MAY-2). The entry stays until that connection is
    /// established, and remains in force if it never is.
    /// </summary>
    public void MarkReopened(int index)
    {
        ref var entry = ref _entries[index];
        // If this connection fails too, the next SYN must be beyond the old sequence numbers again.
        entry.MayReopen = false;
        if (entry.IsReopened)
            return;
        entry.IsReopened = true;
        _reopened++;
    }

    /// <summary>Removes the entry that an established connection was opened over, if there is one.</summary>
    public void RemoveReopened(in FourTuple tuple, ulong hash)
    {
        // Usually no entry is reopened, and the lookup is skipped.
        if (_reopened > 0 && Find(tuple, hash) is >= 0 and var index)
            Remove(index);
    }

    public void Remove(int index)
    {
        IsChanging = true;
        if (_entries[index].IsReopened)
            _reopened--;
        UnlinkBucket(index);
        UnlinkOrder(index);
        _entries[index] = new TimeWaitEntry { NextInBucket = _free };
        _free = index;
        Count--;
        IsChanging = false;
    }

    public void RemoveExpired(MonotonicTime now)
    {
        while (_oldest != None && Left(_oldest, now) <= TimeSpan.Zero)
            Remove(_oldest);
    }

    /// <summary>The rest of an entry's 2 MSL; zero when it exceeds them, since the clock has then wrapped.</summary>
    public TimeSpan Left(int index, MonotonicTime now)
    {
        var left = unchecked((int)(_entries[index].ExpiryMilliseconds - Milliseconds(now)));
        return left > _durationMilliseconds + 1L ? TimeSpan.Zero : TimeSpan.FromMilliseconds(left);
    }

    /// <summary>The indices of all entries, oldest first.</summary>
    public IEnumerable<int> Indices()
    {
        for (var i = _oldest; i != None; i = _entries[i].Later)
            yield return i;
    }

    private static uint Milliseconds(MonotonicTime time) =>
        unchecked((uint)(time.Ticks / TimeSpan.TicksPerMillisecond));

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
        Array.Resize(ref _entries, (int)Math.Min(_entries.Length * 2L, _limit));
        _buckets = NewBuckets((int)BitOperations.RoundUpToPowerOf2((uint)_entries.Length));
        for (var i = _oldest; i != None; i = _entries[i].Later)
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

    private void LinkNewest(int index, MonotonicTime now)
    {
        ref var entry = ref _entries[index];
        // Rounded up: never less than 2 MSL.
        entry.ExpiryMilliseconds = unchecked(Milliseconds(now) + 1 + _durationMilliseconds);
        entry.Earlier = _newest;
        entry.Later = None;
        if (_newest == None)
            _oldest = index;
        else
            _entries[_newest].Later = index;
        _newest = index;
    }

    private void UnlinkOrder(int index)
    {
        var (earlier, later) = (_entries[index].Earlier, _entries[index].Later);
        if (earlier == None)
            _oldest = later;
        else
            _entries[earlier].Later = later;
        if (later == None)
            _newest = earlier;
        else
            _entries[later].Earlier = earlier;
    }
}

/// <summary>A connection in TIME-WAIT: 56 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal struct TimeWaitEntry
{
    // The order of the fields avoids padding.
    public CompactTuple Tuple;

    private EntryFlags _flags;

    /// <summary>The window field of the last ACK, as sent.</summary>
    public ushort WindowField;

    /// <summary>
    /// When a segment other than the peer's FIN was last answered, in milliseconds of the engine's clock modulo 2^16.
    /// </summary>
    public ushort AnsweredMilliseconds;

    private uint _tsRecent;

    public SeqNum SndNxt;
    public SeqNum RcvNxt;

    /// <summary>When 2 MSL end, in milliseconds of the engine's clock modulo 2^32.</summary>
    public uint ExpiryMilliseconds;

    /// <summary>Neighbors in order of expiry, and the next entry in the same bucket; -1 ends a list.</summary>
    public int Earlier;
    public int Later;
    public int NextInBucket;

    /// <summary>TS.Recent; null without timestamps. It cannot become 24 days old in TIME-WAIT.</summary>
    public uint? TsRecent
    {
        readonly get => Has(EntryFlags.Stamps) ? _tsRecent : null;
        set
        {
            Set(EntryFlags.Stamps, value is not null);
            _tsRecent = value.GetValueOrDefault();
        }
    }

    /// <summary>True when the segment answered at <see cref="AnsweredMilliseconds"/> was a SYN.</summary>
    public bool HasAnsweredSyn
    {
        readonly get => Has(EntryFlags.AnsweredSyn);
        set => Set(EntryFlags.AnsweredSyn, value);
    }

    /// <summary>
    /// True when the peer has rejected that answer with a RST: its next SYN opens a new connection, whatever its
    /// sequence number.
    /// </summary>
    public bool MayReopen
    {
        readonly get => Has(EntryFlags.MayReopen);
        set => Set(EntryFlags.MayReopen, value);
    }

    /// <summary>True when a SYN has opened a new connection that is not yet established.</summary>
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
