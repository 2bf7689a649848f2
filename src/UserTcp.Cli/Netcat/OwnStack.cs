using System.Net;
using System.Net.Sockets;

namespace UserTcp.Cli.Netcat;

/// <summary>A stack of this process.</summary>
internal sealed class OwnStack(UserTcpStack stack) : INcStack
{
    public IReadOnlyList<string> Addresses { get; } = [.. stack.Addresses.Select(address => address.ToString())];

    public async Task<INcConnection> ConnectAsync(
        string host, ushort port, int sourcePort, AddressFamily family, CancellationToken cancellationToken)
    {
        try
        {
            var options = new UserTcpConnectionOptions
            {
                RemoteEndPoint = IPAddress.TryParse(host, out var address)
                    ? new IPEndPoint(address, port)
                    : new DnsEndPoint(host, port, family),
                LocalEndPoint = new IPEndPoint(IPAddress.Any, sourcePort),
            };
            return new Connection(await stack.ConnectAsync(options, cancellationToken));
        }
        catch (ArgumentException exception)
        {
            throw new NcFailure($"'{host}' is no host", exception);
        }
        catch (Exception exception) when (exception is SocketException or IOException or ObjectDisposedException)
        {
            throw NcFailure.Of(exception);
        }
    }

    public async Task<INcListener> ListenAsync(
        ushort port, AddressFamily family, CancellationToken cancellationToken)
    {
        try
        {
            // Without IPv6Only, :: takes both families.
            var any = family == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any;
            var options = new UserTcpListenerOptions
            {
                ListenEndPoint = new IPEndPoint(any, port),
                IPv6Only = family == AddressFamily.InterNetworkV6,
            };
            return new Listener(await stack.ListenAsync(options, cancellationToken));
        }
        catch (Exception exception) when (exception is SocketException or IOException or ObjectDisposedException)
        {
            throw NcFailure.Of(exception);
        }
    }

    private sealed class Listener(UserTcpListener listener) : INcListener
    {
        public async Task<INcConnection> AcceptAsync(CancellationToken cancellationToken)
        {
            try
            {
                return new Connection(await listener.AcceptConnectionAsync(cancellationToken));
            }
            catch (Exception exception) when (exception is SocketException or IOException or ObjectDisposedException)
            {
                throw NcFailure.Of(exception);
            }
        }

        public ValueTask DisposeAsync() => listener.DisposeAsync();
    }

    private sealed class Connection(UserTcpConnection connection) : INcConnection
    {
        private readonly Stream _stream = connection.GetStream();

        public string Remote { get; } = connection.RemoteEndPoint.ToString();

        public Task WritesClosed => WaitForWritesAsync();

        public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
        {
            try
            {
                return await _stream.ReadAsync(buffer, cancellationToken);
            }
            catch (IOException exception)
            {
                throw NcFailure.Of(exception);
            }
        }

        public async ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
        {
            try
            {
                await _stream.WriteAsync(data, cancellationToken);
            }
            catch (IOException exception)
            {
                throw NcFailure.Of(exception);
            }
        }

        public ValueTask CompleteWritesAsync()
        {
            connection.CompleteWrites();
            return ValueTask.CompletedTask;
        }

        public void Abort() => connection.Abort();

        public ValueTask DisposeAsync() => connection.DisposeAsync();

        private async Task WaitForWritesAsync()
        {
            try
            {
                await connection.WritesClosed;
            }
            catch (IOException exception)
            {
                throw NcFailure.Of(exception);
            }
        }
    }
}
