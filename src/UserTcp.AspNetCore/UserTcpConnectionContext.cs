using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace UserTcp.AspNetCore;

/// <summary>
/// Adapts a connection of the stack to Kestrel. The transport is the connection's own pipe, without another one
/// between.
/// </summary>
internal sealed class UserTcpConnectionContext : ConnectionContext, IConnectionIdFeature, IConnectionItemsFeature,
    IConnectionTransportFeature, IConnectionLifetimeFeature, IConnectionEndPointFeature, IMemoryPoolFeature
{
    private static long s_lastId;

    private readonly UserTcpConnection _connection;
    private readonly FeatureCollection _features = new();
    private string? _connectionId;
    private IDictionary<object, object?>? _items;

    public UserTcpConnectionContext(UserTcpConnection connection, MemoryPool<byte> memoryPool)
    {
        _connection = connection;
        MemoryPool = memoryPool;
        Transport = connection.Transport;
        ConnectionClosed = connection.ConnectionClosed;
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

    public override void Abort(ConnectionAbortedException abortReason) => _connection.Abort();

    public override void Abort() => _connection.Abort();

    public override async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }
}
