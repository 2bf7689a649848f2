using System.Net.Sockets;
using UserTcp.Engine.Buffers;
using UserTcp.Engine.Udp;
using UserTcp.Errors;

namespace UserTcp.Datagrams;

/// <summary>
/// Where a loop and the receivers of a socket meet: one block of datagrams that waits for a receiver, or receivers that
/// wait for a datagram. Also keeps the errors that the next call reports. Any thread, unless a member says otherwise.
/// </summary>
/// <param name="inlineContinuations">True when a receiver's continuation runs on the loop's thread.</param>
/// <param name="requestFetch">Asks the loop for the next block.</param>
internal sealed class DatagramInbox(bool inlineContinuations, Action requestFetch)
{
    /// <summary>Max destinations whose error waits for a send to them.</summary>
    private const int MaxErrors = 16;

    private readonly Lock _gate = new();
    private readonly LinkedList<DatagramWaiter> _waiters = new();
    private readonly Dictionary<UdpPeer, SocketError> _errors = [];
    private Block? _block;
    private bool _hasMore;
    private SocketError _error;
    private CloseReason? _end;

    private TaskCreationOptions WaiterOptions =>
        inlineContinuations ? TaskCreationOptions.None : TaskCreationOptions.RunContinuationsAsynchronously;

    /// <summary>Receives the oldest datagram, or waits for one. Any number of callers may wait at once.</summary>
    public ValueTask<ReceivedDatagram> ReceiveAsync(Memory<byte> memory, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<ReceivedDatagram>(cancellationToken);
        LinkedListNode<DatagramWaiter>? node = null;
        ReceivedDatagram received;
        bool wantsMore;
        lock (_gate)
        {
            if (DequeueError() is { } error)
                return ValueTask.FromException<ReceivedDatagram>(error);
            if (!TryDequeue(memory, out received))
                node = _waiters.AddLast(new DatagramWaiter(memory, WaiterOptions));
            wantsMore = _block is null && _hasMore;
        }

        if (wantsMore)
            requestFetch();
        return node is null ? new ValueTask<ReceivedDatagram>(received) : WaitAsync(node, cancellationToken);
    }

    /// <summary>Throws what a send to that destination has to report, once.</summary>
    /// <param name="destination">The destination.</param>
    /// <param name="isPeer">True when it is the end that the socket is connected to.</param>
    public void ThrowForSend(in UdpPeer destination, bool isPeer)
    {
        lock (_gate)
        {
            if (_end is not null)
                throw AfterEnd(_end);
            if (isPeer && DequeueError() is { } error)
                throw error;
            if (_errors.Remove(destination, out var code))
                throw new SocketException((int)code);
        }
    }

    /// <summary>Loop: true when the engine is to be asked for a block. Otherwise records whether it has one.</summary>
    public bool TryBeginFill(bool hasMore)
    {
        lock (_gate)
        {
            var wantsMore = _end is null && _block is null;
            _hasMore = hasMore && !wantsMore;
            return hasMore && wantsMore;
        }
    }

    /// <summary>Loop: adds a block after <see cref="TryBeginFill"/>, and serves those who wait.</summary>
    public void Fill(Block block)
    {
        bool isKept;
        lock (_gate)
        {
            isKept = _end is null;
            if (isKept)
                _block = block;
        }

        if (!isKept)
        {
            block.Release();
            return;
        }

        while (TryServe(out var waiter, out var received))
            waiter!.SetResult(received);
    }

    /// <summary>
    /// An error of the connected peer: the receiver that has waited longest gets it, or the next call.
    /// </summary>
    public void Report(SocketError error)
    {
        DatagramWaiter? waiter = null;
        lock (_gate)
        {
            if (_waiters.First is { } first)
            {
                waiter = first.Value;
                _waiters.Remove(first);
            }
            else
            {
                _error = error;
            }
        }

        waiter?.SetException(new SocketException((int)error));
    }

    /// <summary>An error of another destination: the next send to it gets it.</summary>
    public void Report(in UdpPeer destination, SocketError error)
    {
        lock (_gate)
        {
            if (_errors.Count < MaxErrors || _errors.ContainsKey(destination))
                _errors[destination] = error;
        }
    }

    /// <summary>Another peer was chosen: an error of the last one is no longer reported.</summary>
    public void ForgetError()
    {
        lock (_gate)
            _error = SocketError.Success;
    }

    /// <summary>Ends the inbox: receivers get an exception, and what nobody has received is dropped.</summary>
    public void Close(CloseReason reason)
    {
        DatagramWaiter[] waiters;
        lock (_gate)
        {
            if (_end is not null)
                return;
            _end = reason;
            waiters = [.. _waiters];
            _waiters.Clear();
            _block?.Release();
            _block = null;
        }

        foreach (var waiter in waiters)
            waiter.SetException(reason.Fault is null ? new SocketException((int)reason.Error) : reason.ToException());
    }

    private static Exception AfterEnd(CloseReason reason) =>
        reason.Fault is null ? new ObjectDisposedException(nameof(UserTcpUdpSocket)) : reason.ToException();

    /// <summary>What the next call reports, if there is something. An error is reported once.</summary>
    private Exception? DequeueError()
    {
        if (_end is not null)
            return AfterEnd(_end);
        if (_error == SocketError.Success)
            return null;
        var error = new SocketException((int)_error);
        _error = SocketError.Success;
        return error;
    }

    private bool TryServe(out DatagramWaiter? waiter, out ReceivedDatagram received)
    {
        lock (_gate)
        {
            waiter = _waiters.First?.Value;
            received = default;
            if (waiter is null || !TryDequeue(waiter.Memory, out received))
                return false;
            _waiters.RemoveFirst();
            return true;
        }
    }

    private bool TryDequeue(Memory<byte> memory, out ReceivedDatagram received)
    {
        received = default;
        if (_block is not { } block || !DatagramRecord.TryDequeue(block, out var source, out var payload))
            return false;
        var length = Math.Min(payload.Length, memory.Length);
        payload[..length].CopyTo(memory.Span);
        received = new ReceivedDatagram(length, source, length < payload.Length);
        if (block.Length == 0)
        {
            block.Release();
            _block = null;
        }

        return true;
    }

    private async ValueTask<ReceivedDatagram> WaitAsync(
        LinkedListNode<DatagramWaiter> node, CancellationToken cancellationToken)
    {
        var waiter = node.Value;
        using (cancellationToken.UnsafeRegister(_ => Cancel(node, cancellationToken), null))
            return await waiter.Task.ConfigureAwait(false);
    }

    private void Cancel(LinkedListNode<DatagramWaiter> node, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (node.List is null)
                return;
            _waiters.Remove(node);
        }

        node.Value.SetCanceled(cancellationToken);
    }
}
