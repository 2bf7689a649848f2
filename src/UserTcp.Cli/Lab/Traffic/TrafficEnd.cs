using System.Net;
using System.Net.Sockets;

namespace UserTcp.Cli.Lab.Traffic;

/// <summary>One end of a connection that the page has made: at the stack, or at the kernel.</summary>
internal abstract class TrafficEnd : IAsyncDisposable
{
    /// <summary>Its data. Disposing of it closes the end.</summary>
    public abstract Stream Stream { get; }

    public abstract IPEndPoint Local { get; }

    /// <summary>Sends a FIN behind the data.</summary>
    public abstract void CloseWrites();

    /// <summary>Ends the connection with a RST.</summary>
    public abstract void Abort();

    /// <summary>Closes the end, which then reads no more: data that it has not read becomes a RST (RFC 1122).</summary>
    public abstract void Close();

    public ValueTask DisposeAsync() => Stream.DisposeAsync();
}

/// <summary>The stack's end.</summary>
internal sealed class StackTrafficEnd(UserTcpConnection connection) : TrafficEnd
{
    public override Stream Stream { get; } = connection.GetStream();

    public override IPEndPoint Local { get; } = connection.LocalEndPoint;

    public override void CloseWrites() => connection.CompleteWrites();

    public override void Abort() => connection.Abort();

    public override void Close() => Stream.Dispose();
}

/// <summary>The kernel's end.</summary>
internal sealed class KernelTrafficEnd(Socket socket) : TrafficEnd
{
    public override Stream Stream { get; } = new NetworkStream(socket, ownsSocket: true);

    public override IPEndPoint Local { get; } = (IPEndPoint)socket.LocalEndPoint!;

    public override void CloseWrites() => socket.Shutdown(SocketShutdown.Send);

    public override void Abort() => socket.Close(timeout: 0);

    public override void Close() => socket.Close();
}
