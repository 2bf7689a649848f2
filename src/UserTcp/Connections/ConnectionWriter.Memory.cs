using System.Net.Sockets;
using UserTcp.Errors;

namespace UserTcp.Connections;

/// <content>
/// Writing when memory is used up, the reserve included: writes that can wait do, others reset the connection.
/// </content>
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
            // The connection may have ended before this wait began; its end wakes only the waits before it.
            if (!IsOutOfMemory)
                return;
            _pump.Request(ConnectionRequests.Transmit);
            await room.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
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

    /// <summary>
    /// Resets the connection: there is no memory for what the application writes, and this write cannot wait.
    /// </summary>
    private IOException EndForMemory()
    {
        _pump.AbortForMemory();
        return CloseReason.NoMemory.ToException();
    }
}
