using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Engine.Reassembly;

/// <summary>What all fragments of a datagram have in common (RFC 791 section 3.2, RFC 8200 section 4.5).</summary>
/// <param name="Source">The source address.</param>
/// <param name="Destination">The destination address.</param>
/// <param name="Identification">The identification.</param>
/// <param name="Protocol">The protocol over IPv4; unused over IPv6.</param>
internal readonly record struct FragmentKey(
    IpAddress Source, IpAddress Destination, uint Identification, IpProtocol Protocol);

/// <summary>What a fragment was to its datagram.</summary>
internal enum FragmentResult
{
    /// <summary>It is kept, and others are missing.</summary>
    Kept,

    /// <summary>Exactly this fragment has arrived before.</summary>
    Duplicate,

    /// <summary>It was the last missing one.</summary>
    Complete,

    /// <summary>It overlaps or contradicts another: the datagram is dead, with all that still comes of it.</summary>
    Dead,

    /// <summary>There is no memory for it.</summary>
    NoMemory,
}

/// <summary>
/// A datagram of which not all fragments have arrived. Two bitmaps say which units of eight octets are there, and at
/// which ones a fragment begins, so a fragment costs the same in any order. Any overlap is fatal (RFC 5722 section 4,
/// and the same for IPv4); a duplicate of a fragment is not (RFC 8200 section 4.5).
/// </summary>
internal sealed class PartialDatagram
{
    /// <summary>Octets in front of the data, for the headers of the first fragment.</summary>
    public const int HeaderRoom = 128;

    private const int Unit = 8;
    private const int Units = (IpFragment.MaxOffset / Unit) + 1;

    private readonly ulong[] _present = new ulong[Units / 64];
    private readonly ulong[] _begins = new ulong[Units / 64];

    private Block? _block;
    private int _total;
    private int _received;
    private int _highest;
    private bool _hasNotEct;
    private bool _hasCe;

    public FragmentKey Key { get; private set; }

    /// <summary>When it is given up.</summary>
    public MonotonicTime Deadline { get; private set; }

    /// <summary>It was killed: it waits for its deadline only so that what still comes is dropped.</summary>
    public bool IsDead { get; private set; }

    /// <summary>Bytes of memory that it holds.</summary>
    public int Memory => _block?.Capacity ?? 0;

    /// <summary>The headers of the first fragment, and its data; empty until it arrives.</summary>
    public ReadOnlySpan<byte> FirstFragment =>
        _block is { } block && FirstLength > 0 ? block.Array.AsSpan(HeaderRoom - HeaderLength, FirstLength) : default;

    private int HeaderLength { get; set; }

    /// <summary>Octets of the first fragment, headers included; 0 until it arrives.</summary>
    private int FirstLength { get; set; }

    /// <summary>Begins another datagram.</summary>
    public void Begin(in FragmentKey key, MonotonicTime deadline)
    {
        (Key, Deadline, IsDead) = (key, deadline, false);
        (_total, _received, _highest, HeaderLength, FirstLength) = (-1, 0, 0, 0, 0);
        (_hasNotEct, _hasCe) = (false, false);
        Array.Clear(_present);
        Array.Clear(_begins);
    }

    /// <summary>Adds a fragment with valid lengths.</summary>
    /// <param name="pool">Where memory comes from.</param>
    /// <param name="packet">The fragment as it arrived.</param>
    /// <param name="fragment">Its place.</param>
    /// <param name="data">Its data: a multiple of eight octets, unless it is the last one.</param>
    public FragmentResult Add(
        BlockPool pool, scoped in IpPacket packet, in IpFragment fragment, ReadOnlySpan<byte> data)
    {
        var end = fragment.Offset + data.Length;
        if (Overlaps(fragment.Offset, end))
        {
            if (IsDuplicate(fragment, data))
                return FragmentResult.Duplicate;
            Kill();
            return FragmentResult.Dead;
        }

        if (fragment.HasMore ? _total >= 0 && end > _total : _total >= 0 || _highest > end)
        {
            Kill();
            return FragmentResult.Dead;
        }

        if (!TryReserve(pool, end))
            return FragmentResult.NoMemory;
        data.CopyTo(_block!.Array.AsSpan(HeaderRoom + fragment.Offset));
        if (!fragment.HasMore)
            _total = end;
        Mark(fragment.Offset, end);
        _received += data.Length;
        _highest = Math.Max(_highest, end);
        NoteEcn(packet.TrafficClass);
        if (fragment.Offset == 0)
            KeepHeaders(packet, fragment, data.Length);
        return _received == _total ? FragmentResult.Complete : FragmentResult.Kept;
    }

    /// <summary>
    /// Returns the whole packet, which the caller owns: headers and data of all fragments, as if it had never been
    /// fragmented. Null when its congestion marks contradict each other (RFC 3168 section 5.3), or when it is longer
    /// than a packet: the first fragment may have more options than the others.
    /// </summary>
    public Block? Take()
    {
        var block = _block!;
        block.Start = HeaderRoom - HeaderLength;
        block.End = HeaderRoom + _total;
        if ((_hasCe && _hasNotEct) || !DatagramHeader.CanDescribe(block.Content))
            return null;
        _block = null;
        DatagramHeader.Complete(block.Content, HeaderLength, _hasCe);
        return block;
    }

    /// <summary>Releases its memory.</summary>
    public void Release()
    {
        _block?.Release();
        _block = null;
    }

    private void Kill()
    {
        IsDead = true;
        FirstLength = 0;
        Release();
    }

    private void KeepHeaders(scoped in IpPacket packet, in IpFragment fragment, int dataLength)
    {
        HeaderLength = fragment.HeaderLength;
        FirstLength = HeaderLength + dataLength;
        var headers = _block!.Array.AsSpan(HeaderRoom - HeaderLength, HeaderLength);
        packet.Bytes[..HeaderLength].CopyTo(headers);
        headers[fragment.NextHeaderOffset] = (byte)fragment.Protocol;
    }

    private void NoteEcn(byte trafficClass)
    {
        _hasNotEct |= (trafficClass & 3) == 0;
        _hasCe |= (trafficClass & 3) == 3;
    }

    private bool TryReserve(BlockPool pool, int end)
    {
        if (_block is { } block && block.Capacity >= HeaderRoom + end)
            return true;
        if (pool.TryRent(HeaderRoom + end) is not { } larger)
            return false;
        if (_block is { } smaller)
        {
            smaller.Array.AsSpan(0, HeaderRoom + _highest).CopyTo(larger.Array);
            smaller.Release();
        }

        _block = larger;
        return true;
    }

    private bool Overlaps(int start, int end)
    {
        for (var unit = start / Unit; unit * Unit < end; unit++)
        {
            if (Has(_present, unit))
                return true;
        }

        return false;
    }

    /// <summary>The same first and last octet as a fragment that is there, and the same data.</summary>
    private bool IsDuplicate(in IpFragment fragment, ReadOnlySpan<byte> data)
    {
        var (first, end) = (fragment.Offset / Unit, fragment.Offset + data.Length);
        if (!Has(_begins, first) || (fragment.HasMore ? end == _total : end != _total))
            return false;
        var unit = first;
        while (unit * Unit < end && Has(_present, unit) && (unit == first || !Has(_begins, unit)))
            unit++;
        var isWhole = unit * Unit >= end && (!Has(_present, unit) || Has(_begins, unit));
        return isWhole && data.SequenceEqual(_block!.Array.AsSpan(HeaderRoom + fragment.Offset, data.Length));
    }

    private void Mark(int start, int end)
    {
        _begins[start / Unit / 64] |= 1UL << (start / Unit % 64);
        for (var unit = start / Unit; unit * Unit < end; unit++)
            _present[unit / 64] |= 1UL << (unit % 64);
    }

    private static bool Has(ulong[] bitmap, int unit) =>
        unit < Units && (bitmap[unit / 64] & (1UL << (unit % 64))) != 0;
}
