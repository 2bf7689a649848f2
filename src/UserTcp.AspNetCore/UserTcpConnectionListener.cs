using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace UserTcp.AspNetCore;

/// <summary>Adapts a listener of the stack to Kestrel.</summary>
internal sealed class UserTcpConnectionListener(
    UserTcpListener listener, MemoryPool<byte> memoryPool, ILogger logger, bool servesHalfClosed)
    : IConnectionListener
{
    public EndPoint EndPoint => listener.LocalEndPoint;

    /// <summary>Accepts the next connection; null when the listener has been unbound.</summary>
    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            var connection = await listener.AcceptConnectionAsync(cancellationToken).ConfigureAwait(false);
            return new UserTcpConnectionContext(connection, memoryPool, logger, servesHalfClosed);
        }
        catch (Exception exception) when (exception is ObjectDisposedException
            or SocketException { SocketErrorCode: SocketError.OperationAborted })
        {
            return null;
        }
    }

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default) => listener.DisposeAsync();

    public ValueTask DisposeAsync() => listener.DisposeAsync();
}
