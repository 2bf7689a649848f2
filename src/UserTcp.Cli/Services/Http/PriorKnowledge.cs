using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace UserTcp.Cli.Services.Http;

/// <summary>
/// Serves HTTP/2 without TLS on a port that serves HTTP/1.1 too. An end point of Kestrel speaks one of the two, so a
/// connection that begins with the preface of HTTP/2 goes to a second end point, inside the process.
/// </summary>
internal sealed class PriorKnowledge : IConnectionListenerFactory, IConnectionListenerFactorySelector, IAsyncDisposable
{
    private readonly HandOver _handOver = new();

    /// <summary>The end point of HTTP/2.</summary>
    public EndPoint EndPoint => _handOver.EndPoint;

    public bool CanBind(EndPoint endpoint) => ReferenceEquals(endpoint, EndPoint);

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        new(_handOver);

    public ValueTask DisposeAsync() => _handOver.DisposeAsync();

    /// <summary>Adds the choice to an end point of HTTP/1.1.</summary>
    public void AddTo(ListenOptions listen)
    {
        var maxWait = listen.KestrelServerOptions.Limits.KeepAliveTimeout;
        listen.Use(next => async connection =>
        {
            if (await Http2Preface.BeginsAsync(connection, maxWait) is not { } isHttp2)
                return;
            await (isHttp2 ? _handOver.ServeAsync(connection) : next(connection));
        });
    }

    /// <summary>The listener of the second end point: it accepts what the first hands over.</summary>
    private sealed class HandOver : IConnectionListener
    {
        private readonly Channel<HandedConnection> _waiting = Channel.CreateUnbounded<HandedConnection>();

        public EndPoint EndPoint { get; } = new InProcess();

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            while (await _waiting.Reader.WaitToReadAsync(cancellationToken))
            {
                if (_waiting.Reader.TryRead(out var connection))
                    return connection;
            }

            return null;
        }

        /// <summary>Completes when the second end point has served the connection.</summary>
        public Task ServeAsync(ConnectionContext connection)
        {
            var handed = new HandedConnection(connection);
            if (_waiting.Writer.TryWrite(handed))
                return handed.Served;
            connection.Abort();
            return Task.CompletedTask;
        }

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default) => DisposeAsync();

        public ValueTask DisposeAsync()
        {
            _waiting.Writer.TryComplete();
            return ValueTask.CompletedTask;
        }
    }

    private sealed class InProcess : EndPoint
    {
        public override string ToString() => "h2c";
    }
}
