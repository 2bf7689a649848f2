using System.Net.Sockets;

namespace UserTcp.Cli.Netcat;

/// <summary>The stack that `nc` uses: one of this process, or one that runs in another.</summary>
internal interface INcStack
{
    /// <summary>The stack's addresses.</summary>
    IReadOnlyList<string> Addresses { get; }

    /// <exception cref="NcFailure">There is no connection, and why.</exception>
    Task<INcConnection> ConnectAsync(
        string host, ushort port, int sourcePort, AddressFamily family, CancellationToken cancellationToken);

    /// <exception cref="NcFailure">The port cannot be listened on, and why.</exception>
    Task<INcListener> ListenAsync(ushort port, AddressFamily family, CancellationToken cancellationToken);
}

/// <summary>A passive open; disposal closes the port.</summary>
internal interface INcListener : IAsyncDisposable
{
    /// <exception cref="NcFailure">The stack has ended.</exception>
    Task<INcConnection> AcceptAsync(CancellationToken cancellationToken);
}

/// <summary>A connection of `nc`. One reader and one writer at a time.</summary>
internal interface INcConnection : IAsyncDisposable
{
    /// <summary>The peer's address and port.</summary>
    string Remote { get; }

    /// <summary>
    /// Completes when the peer has acknowledged all data and the FIN; fails with a <see cref="NcFailure"/> when the
    /// connection ends otherwise.
    /// </summary>
    Task WritesClosed { get; }

    /// <summary>Reads what has arrived; 0 bytes after the peer's FIN.</summary>
    /// <exception cref="NcFailure">The connection has ended otherwise.</exception>
    ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken);

    /// <exception cref="NcFailure">The connection has ended.</exception>
    ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken);

    /// <summary>Sends a FIN behind what was written.</summary>
    ValueTask CompleteWritesAsync();

    /// <summary>Resets the connection.</summary>
    void Abort();
}

/// <summary>What `nc` says of a connection that failed, in few words.</summary>
internal sealed class NcFailure(string words, Exception? inner = null) : Exception(words, inner)
{
    public static NcFailure Of(Exception exception) => exception switch
    {
        NcFailure failure => failure,
        ObjectDisposedException => new NcFailure("the stack has ended", exception),
        SocketException socket => new NcFailure(Words(socket), exception),
        { InnerException: SocketException inner } => new NcFailure(Words(inner), exception),
        _ => new NcFailure(exception.Message, exception),
    };

    /// <summary>A socket error in few words.</summary>
    private static string Words(SocketException exception) => exception.SocketErrorCode switch
    {
        SocketError.ConnectionRefused => "connection refused",
        SocketError.ConnectionReset => "connection reset by the peer",
        SocketError.TimedOut => "no answer",
        SocketError.HostNotFound => "no such host",
        SocketError.HostUnreachable or SocketError.NetworkUnreachable => "no route",
        _ => exception.Message,
    };
}
