using System.Buffers;
using UserTcp.Engine.Buffers;

namespace UserTcp.Connections;

/// <summary>
/// Received text that the user has not consumed, in the blocks it arrived in. Octets are numbered from the connection's
/// first. Not safe for threads by itself: its reader locks around it.
/// </summary>
/// <remarks>
/// A small text that arrives while older text is unread is copied into the last block's free room. The reader on the other
/// thread may be looking at that block meanwhile, but only at the text it had before: blocks are exposed anew by the reader
/// itself, in <see cref="Peek"/>.
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

    /// <summary>Octets that are here.</summary>
    public long Unread { get; private set; }

    /// <summary>True when there is nothing in it, and nothing to be told of what was.</summary>
    public readonly bool IsIdle => _head is null && _firstStale is null && _credit == 0 && _consumed == _credited;

    /// <summary>True when there is text that the user has not looked at.</summary>
    public readonly bool HasUnexamined => _unexamined > 0;

    /// <summary>
    /// True when so much has been read that the window should open: the loop is not woken for less. It fetches the rest when
    /// it is at the connection anyway.
    /// </summary>
    public readonly bool IsCreditDue => _credit >= _creditThreshold;

    private readonly long Received => _consumed + Unread;

    /// <summary>
    /// The octets that the window may open by. What was looked at counts, consumed or not: a reader that needs more text than
    /// the receive buffer holds to make sense of it would wait for ever otherwise.
    /// </summary>
    public int CollectCredit()
    {
        var credit = _credit;
        _credit = 0;
        return credit;
    }

    /// <summary>The receive buffer has that size now: a quarter of it is worth waking the loop for.</summary>
    public void SetBufferSize(int octets) => _creditThreshold = Math.Max(1, octets / 4);

    /// <summary>Appends a chain, whose ownership moves here.</summary>
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

    /// <summary>All unread text. Valid until the next <see cref="Advance"/>.</summary>
    public ReadOnlySequence<byte> Peek()
    {
        for (; _firstStale is not null; _firstStale = _firstStale.NextBlock)
            _firstStale.Expose(_firstStale.RunningIndex);
        return _head is null ? default : new ReadOnlySequence<byte>(_head, _headOffset, _tail!, _tail!.Length);
    }

    /// <summary>Lets go of the text before <paramref name="consumed"/> and remembers how far the user has looked.</summary>
    /// <exception cref="InvalidOperationException">The positions are not in order, or not in the text of the last <see cref="Peek"/>.</exception>
    public void Advance(SequencePosition consumed, SequencePosition examined)
    {
        var consumedTo = IndexOf(consumed, _consumed);
        var examinedTo = IndexOf(examined, consumedTo);
        if (consumedTo < _consumed || examinedTo < consumedTo || examinedTo > Received)
            throw new InvalidOperationException("The reader was advanced to a position that is not in the buffer it was given.");
        Consume(consumedTo);
        Examine(examinedTo);
    }

    /// <summary>Copies unread text to <paramref name="destination"/> and consumes it; returns the octets copied.</summary>
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

    /// <summary>Hands over all blocks and forgets their text, which the user has then not read.</summary>
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
