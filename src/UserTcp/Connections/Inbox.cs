using System.Buffers;
using UserTcp.Engine.Buffers;

namespace UserTcp.Connections;

/// <summary>
/// Received data that the application has not consumed, in the blocks it arrived in. Bytes are numbered from the
/// connection's first. Not safe for threads by itself: its reader locks around it.
/// </summary>
/// <remarks>
/// A little data that arrives while older data is unread is copied into the last block's free room. The reader on the
/// other thread may be looking at that block, but only at the data before it: the reader itself exposes the rest, in
/// <see cref="Peek"/>.
/// </remarks>
internal struct Inbox
{
    private int _creditThreshold;
    private Block? _head;
    private Block? _tail;
    private Block? _firstStale;
    private long _consumed;
    private long _credited;
    private int _headOffset;
    private int _unexamined;
    private int _credit;

    public Inbox(int receiveBufferSize) => SetBufferSize(receiveBufferSize);

    /// <summary>Bytes that the application has not consumed.</summary>
    public long Unread { get; private set; }

    /// <summary>True when it holds neither data nor credit.</summary>
    public readonly bool IsIdle => _head is null && _firstStale is null && _credit == 0 && _consumed == _credited;

    /// <summary>True when there is data that the application has not examined.</summary>
    public readonly bool HasUnexamined => _unexamined > 0;

    /// <summary>
    /// True when so much has been read that the window should open. Less does not wake the loop, which collects it when
    /// it handles the connection for another reason.
    /// </summary>
    public readonly bool IsCreditDue => _credit >= _creditThreshold;

    private readonly long Received => _consumed + Unread;

    /// <summary>
    /// Collects the bytes by which the window may open. Examined data counts, consumed or not: otherwise a reader that
    /// needs more data at once than the receive buffer holds would wait for ever.
    /// </summary>
    public int CollectCredit()
    {
        var credit = _credit;
        _credit = 0;
        return credit;
    }

    /// <summary>Sets the size of the receive buffer; credit of a quarter of it wakes the loop.</summary>
    public void SetBufferSize(int bytes) => _creditThreshold = Math.Max(1, bytes / 4);

    /// <summary>Appends a chain, which the inbox then owns.</summary>
    public void Append(Block? chain)
    {
        while (chain is not null)
        {
            var next = chain.NextBlock;
            chain.NextBlock = null;
            AppendBlock(chain);
            chain = next;
        }
    }

    /// <summary>Exposes all unread data. Valid until the next <see cref="Advance"/>.</summary>
    public ReadOnlySequence<byte> Peek()
    {
        for (; _firstStale is not null; _firstStale = _firstStale.NextBlock)
            _firstStale.Expose(_firstStale.RunningIndex);
        return _head is null ? default : new ReadOnlySequence<byte>(_head, _headOffset, _tail!, _tail!.Length);
    }

    /// <summary>
    /// Releases the data before <paramref name="consumed"/> and records how far the application has examined the rest.
    /// </summary>
    /// <exception cref="InvalidOperationException">
    /// The positions are not in order, or not in the data of the last <see cref="Peek"/>.
    /// </exception>
    public void Advance(SequencePosition consumed, SequencePosition examined)
    {
        var consumedTo = IndexOf(consumed, _consumed);
        var examinedTo = IndexOf(examined, consumedTo);
        if (consumedTo < _consumed || examinedTo < consumedTo || examinedTo > Received)
        {
            throw new InvalidOperationException(
                "The reader was advanced to a position that is not in the buffer it was given.");
        }

        Consume(consumedTo);
        Examine(examinedTo);
    }

    /// <summary>
    /// Copies unread data to <paramref name="destination"/> and consumes it; returns the bytes copied.
    /// </summary>
    public int CopyTo(Span<byte> destination)
    {
        var copied = 0;
        var offset = _headOffset;
        for (var block = _head; block is not null && copied < destination.Length; block = block.NextBlock, offset = 0)
        {
            var data = block.Content[offset..];
            var count = Math.Min(data.Length, destination.Length - copied);
            data[..count].CopyTo(destination[copied..]);
            copied += count;
        }

        Consume(_consumed + copied);
        Examine(_consumed);
        return copied;
    }

    /// <summary>Detaches all blocks; their data counts as not read.</summary>
    public Block? Detach()
    {
        var chain = _head;
        _head = _tail = _firstStale = null;
        _headOffset = 0;
        _consumed = Received;
        Unread = 0;
        _unexamined = 0;
        return chain;
    }

    private static long IndexOf(SequencePosition position, long otherwise) =>
        position.GetObject() is Block block ? block.RunningIndex + position.GetInteger() : otherwise;

    private void AppendBlock(Block block)
    {
        var length = block.Length;
        if (length == 0)
        {
            block.Release();
        }
        else if (_tail is not null && length * 2 < block.Capacity && length <= _tail.Free.Length)
        {
            _tail.Append(block.Content);
            _firstStale ??= _tail;
            block.Release();
        }
        else
        {
            block.Expose(Received);
            if (_tail is null)
                _head = block;
            else
                _tail.NextBlock = block;
            _tail = block;
        }

        Unread += length;
        _unexamined += length;
    }

    private void Consume(long index)
    {
        Unread -= index - _consumed;
        _consumed = index;
        while (_head is { } head && head.RunningIndex + head.Length <= index)
        {
            _head = head.NextBlock;
            if (ReferenceEquals(head, _firstStale))
                _firstStale = _head;
            head.Release();
        }

        if (_head is null)
            _tail = null;
        _headOffset = _head is null ? 0 : (int)(index - _head.RunningIndex);
    }

    private void Examine(long index)
    {
        _unexamined = (int)(Received - index);
        if (index <= _credited)
            return;
        _credit += (int)(index - _credited);
        _credited = index;
    }
}
