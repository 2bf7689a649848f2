using System.Buffers.Binary;
using UserTcp.Engine.Buffers;

namespace UserTcp.Engine.Udp;

/// <summary>
/// The receive queue of an endpoint: datagrams in blocks (<see cref="DatagramRecord"/>), oldest first. It is limited in
/// datagrams and in bytes of data.
/// </summary>
internal sealed class DatagramQueue(int maxBytes, int maxDatagrams)
{
    private Block? _first;
    private Block? _last;

    /// <summary>Datagrams in the queue.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes of data in the queue.</summary>
    public int Bytes { get; private set; }

    /// <summary>Bytes of memory in the queue's blocks.</summary>
    public long Memory { get; private set; }

    public bool IsEmpty => _first is null;

    /// <summary>
    /// True when a datagram of that length is within the limits. An empty queue has room for any, as in Linux.
    /// </summary>
    public bool HasRoom(int length) => Count == 0 || (Count < maxDatagrams && length <= maxBytes - Bytes);

    /// <summary>Bytes of memory that the queue needs more for a datagram: those of a new block, or none.</summary>
    public int MemoryFor(int length)
    {
        var size = DatagramRecord.Overhead + length;
        if (_last is not null && _last.Free.Length >= size)
            return 0;
        return size <= BlockPool.StandardSize ? BlockPool.StandardSize : BlockPool.LargeSize;
    }

    /// <summary>Appends a copy of a datagram. False when there is no memory for it.</summary>
    public bool TryAdd(BlockPool pool, in UdpPeer source, ReadOnlySpan<byte> payload)
    {
        var size = DatagramRecord.Overhead + payload.Length;
        if (_last is null || _last.Free.Length < size)
        {
            if (pool.TryRent(size) is not { } block)
                return false;
            Append(block);
        }

        DatagramRecord.Append(_last!, source, payload);
        Count++;
        Bytes += payload.Length;
        return true;
    }

    /// <summary>Dequeues the oldest block with all of its datagrams; null when there is none.</summary>
    public Block? DequeueBlock()
    {
        if (_first is not { } block)
            return null;
        _first = block.NextBlock;
        if (_first is null)
            _last = null;
        block.NextBlock = null;
        Memory -= block.Capacity;
        for (var rest = block.Content; !rest.IsEmpty;)
        {
            int length = BinaryPrimitives.ReadUInt16LittleEndian(rest[18..]);
            rest = rest[(DatagramRecord.Overhead + length)..];
            Count--;
            Bytes -= length;
        }

        return block;
    }

    /// <summary>Drops all datagrams.</summary>
    public void Clear()
    {
        Block.ReleaseChain(_first);
        _first = _last = null;
        (Count, Bytes, Memory) = (0, 0, 0);
    }

    private void Append(Block block)
    {
        if (_last is null)
            _first = block;
        else
            _last.NextBlock = block;
        _last = block;
        Memory += block.Capacity;
    }
}
