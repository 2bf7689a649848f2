using System.Globalization;
using System.Net;
using System.Net.Sockets;
using UserTcp.Tun;

namespace UserTcp.Cli.Hosting;

/// <summary>
/// A loopback port outside of the lab's namespace, whose connections lead to a port of the stack inside. The socket is
/// opened outside and goes into the namespace with the program: a socket stays in the namespace where it was made.
/// </summary>
internal sealed class PublishedPort : IAsyncDisposable
{
    /// <summary>Max connections at once.</summary>
    private const int MaxConnections = 64;

    private const string Variable = "USERTCP_PUBLISHED";

    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(50);

    private readonly Socket _listener;
    private readonly CancellationTokenSource _end = new();
    private readonly SemaphoreSlim _room = new(MaxConnections);
    private Task _accepting = Task.CompletedTask;

    private PublishedPort(Socket listener) => _listener = listener;

    /// <summary>Where it listens.</summary>
    public IPEndPoint EndPoint => (IPEndPoint)_listener.LocalEndPoint!;

    /// <summary>Outside of the namespace: opens the port. Inside: the port that was opened.</summary>
    /// <param name="wanted">Where to listen.</param>
    /// <param name="mayMove">Listen at a free port when that one is in use.</param>
    /// <exception cref="CommandException">The port cannot be opened.</exception>
    public static PublishedPort Open(IPEndPoint wanted, bool mayMove)
    {
        if (Environment.GetEnvironmentVariable(Variable) is { } inherited)
        {
            Environment.SetEnvironmentVariable(Variable, null);
            return new PublishedPort(InheritedSocket.Open(int.Parse(inherited, CultureInfo.InvariantCulture)));
        }

        var listener = new Socket(wanted.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            Bind(listener, wanted, mayMove);
            listener.Listen();
            return new PublishedPort(listener);
        }
        catch (SocketException exception)
        {
            listener.Dispose();
            throw new CommandException(
                ExitCode.Usage, $"--publish: {wanted} cannot be opened: {exception.Message}; choose another port");
        }
    }

    /// <summary>Keeps the socket for the program inside; returns the variables which that needs.</summary>
    public Dictionary<string, string> Inherit() => new()
    {
        [Variable] = InheritedSocket.Keep(_listener).ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>Carries connections to an end point in the namespace, from now on.</summary>
    public void CarryTo(IPEndPoint inside) => _accepting = AcceptAsync(inside);

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _end.Dispose();
        _room.Dispose();
    }

    private static void Bind(Socket listener, IPEndPoint wanted, bool mayMove)
    {
        try
        {
            listener.Bind(wanted);
        }
        catch (SocketException exception) when (mayMove && exception.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            listener.Bind(new IPEndPoint(wanted.Address, 0));
        }
    }

    private async Task AcceptAsync(IPEndPoint inside)
    {
        var carried = new List<Task>();
        while (await AcceptOneAsync() is { } outer)
        {
            carried.RemoveAll(task => task.IsCompleted);
            carried.Add(CarryAsync(outer, inside));
        }

        await Task.WhenAll(carried);
    }

    /// <summary>The next connection, when there is room for it; null when the lab ends.</summary>
    private async Task<Socket?> AcceptOneAsync()
    {
        try
        {
            await _room.WaitAsync(_end.Token);
            while (true)
            {
                try
                {
                    return await _listener.AcceptAsync(_end.Token);
                }
                catch (SocketException) when (!_end.IsCancellationRequested)
                {
                    // The client has left meanwhile, or this process has too many descriptors for a moment.
                    await Task.Delay(RetryInterval, _end.Token);
                }
            }
        }
        catch (Exception exception)
            when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            return null;
        }
    }

    private async Task CarryAsync(Socket outer, IPEndPoint inside)
    {
        var inner = new Socket(inside.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        using (outer)
        using (inner)
        {
            try
            {
                await inner.ConnectAsync(inside, _end.Token);
                (outer.NoDelay, inner.NoDelay) = (true, true);
                await Task.WhenAll(CopyAsync(outer, inner), CopyAsync(inner, outer));
            }
            catch (Exception exception)
                when (exception is OperationCanceledException or SocketException or IOException)
            {
                // One of both ends has reset the connection: the other one learns it by a RST, too.
                outer.Close(timeout: 0);
                inner.Close(timeout: 0);
            }
            finally
            {
                _room.Release();
            }
        }
    }

    private async Task CopyAsync(Socket from, Socket to)
    {
        var buffer = new byte[32 << 10];
        while (await from.ReceiveAsync(buffer, _end.Token) is > 0 and var count)
            await SendAllAsync(to, buffer.AsMemory(0, count));
        to.Shutdown(SocketShutdown.Send);
    }

    private async Task SendAllAsync(Socket to, ReadOnlyMemory<byte> data)
    {
        while (data.Length > 0)
            data = data[await to.SendAsync(data, _end.Token)..];
    }
}
