using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace UserTcp.AspNetCore;

/// <summary>
/// Adapts a connection of the stack to Kestrel. The transport is the connection's own pipe, without another one
/// between.
/// </summary>
internal sealed class UserTcpConnectionContext : ConnectionContext, IConnectionIdFeature, IConnectionItemsFeature,
    IUserTcpInputEnd, IDuplexPipe, IConnectionTransportFeature, IConnectionLifetimeFeature,
    IConnectionEndPointFeature, IMemoryPoolFeature
{
    private static long s_lastId;

    private readonly UserTcpConnection _connection;
    private readonly ILogger _logger;
    private readonly FeatureCollection _features = new();
    private string? _connectionId;
    private IDictionary<object, object?>? _items;
    private volatile ConnectionAbortedException? _abortReason;

    public UserTcpConnectionContext(
        UserTcpConnection connection, MemoryPool<byte> memoryPool, ILogger logger, bool servesHalfClosed)
    {
        _connection = connection;
        _logger = logger;
        MemoryPool = memoryPool;
        Input = connection.OpenInput(this);
        Output = connection.Transport.Output;
        Transport = this;
        ConnectionClosed = servesHalfClosed ? connection.ConnectionClosed : connection.ReadsEnded;
        LocalEndPoint = connection.LocalEndPoint;
        RemoteEndPoint = connection.RemoteEndPoint;
        _features.Set<IConnectionIdFeature>(this);
        _features.Set<IConnectionItemsFeature>(this);
        _features.Set<IConnectionTransportFeature>(this);
        _features.Set<IConnectionLifetimeFeature>(this);
        _features.Set<IConnectionEndPointFeature>(this);
        _features.Set<IMemoryPoolFeature>(this);
        // For applications: HttpContext.Features.Get<UserTcpConnection>(), like the socket of Kestrel's own transport.
        _features.Set(connection);
    }

    public MemoryPool<byte> MemoryPool { get; }

    public PipeReader Input { get; }

    public PipeWriter Output { get; }

    public override string ConnectionId
    {
        get => _connectionId ??= "ut-" + Interlocked.Increment(ref s_lastId).ToString(CultureInfo.InvariantCulture);
        set => _connectionId = value;
    }

    public override IFeatureCollection Features => _features;

    public override IDictionary<object, object?> Items
    {
        get => _items ??= new ConnectionItems();
        set => _items = value;
    }

    public override IDuplexPipe Transport { get; set; }

    public override CancellationToken ConnectionClosed { get; set; }

    public override EndPoint? LocalEndPoint { get; set; }

    public override EndPoint? RemoteEndPoint { get; set; }

    /// <summary>
    /// Resets the connection. Without a reason the client has ended it, and it is only shut down, as over sockets.
    /// </summary>
    public override void Abort(ConnectionAbortedException? abortReason)
    {
        if (abortReason is null)
        {
            _connection.CompleteWrites();
            return;
        }

        _abortReason ??= abortReason;
        _logger.ConnectionWriteRst(ConnectionId, abortReason.Message);
        _connection.Abort();
    }

    public override void Abort() => Abort(new ConnectionAbortedException());

    void IUserTcpInputEnd.OnFin() => _logger.ConnectionReadFin(ConnectionId);

    /// <summary>
    /// The exceptions of Kestrel's own transport, which it and applications look for. After an abort of our own every
    /// read throws its reason.
    /// </summary>
    Exception IUserTcpInputEnd.Translate(IOException error)
    {
        if (_abortReason is { } reason)
            return reason;
        switch ((error.InnerException as SocketException)?.SocketErrorCode)
        {
            case SocketError.ConnectionReset:
                _logger.ConnectionReset(ConnectionId);
                return new ConnectionResetException(error.Message, error);
            case SocketError.ConnectionAborted or SocketError.OperationAborted:
                return new ConnectionAbortedException(error.Message, error);
            default:
                _logger.ConnectionError(error, ConnectionId);
                return error;
        }
    }

    public override async ValueTask DisposeAsync()
    {
        if (_abortReason is null)
            _logger.ConnectionWriteFin(ConnectionId);
        await _connection.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }
}
