using System.Net.Sockets;

namespace UserTcp.Connections;

/// <content>What a writer does when memory is used up, the reserve included: who can wait does, who cannot loses the connection.</content>
internal sealed partial class ConnectionWriter
{
    /// <summary>True when a write has to wait for memory before it copies anything.</summary>
    internal bool IsOutOfMemory
    {
        get
        {
            if (_pump.Pool.Budget.HasRoom)
                return false;
            lock (this)
                return View.End is null;
        }
    }

    /// <summary>Waits until there may be memory, or the connection has ended.</summary>
    internal async ValueTask WaitForMemoryAsync(CancellationToken cancellationToken)
    {
        while (IsOutOfMemory)
        {
            var room = _pump.Pool.Budget.WaitForRoomAsync();
            // It may have ended before the loop could know that somebody waits.
            if (!IsOutOfMemory)
                return;
            _pump.Request(ConnectionRequests.Transmit);
            await room.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask SendWithMemoryAsync(ReadOnlyMemory<byte> source, PinnedPiece data, CancellationToken cancellationToken)
    {
        await WaitForMemoryAsync(cancellationToken).ConfigureAwait(false);
        await SendPieceNowAsync(source, data, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>As <see cref="WaitForMemoryAsync"/>, on this thread.</summary>
    /// <exception cref="IOException">The timeout has passed (TimedOut).</exception>
    private void WaitForMemory(long started, int millisecondsTimeout)
    {
        while (IsOutOfMemory)
        {
            _pump.ThrowIfOnLoop();
            var room = _pump.Pool.Budget.WaitForRoomAsync();
            if (!IsOutOfMemory)
                return;
            _pump.Request(ConnectionRequests.Transmit);
            if (!room.Wait(Deadline.Remaining(started, millisecondsTimeout)))
                throw UserTcpError.ToIOException(SocketError.TimedOut);
        }
    }

    /// <summary>There is no memory for what the application writes, and it cannot be made to wait: the connection is reset.</summary>
    private IOException EndForMemory()
    {
        _pump.AbortForMemory();
        return CloseReason.NoMemory.ToException();
    }
}
