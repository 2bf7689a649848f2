using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using UserTcp.Tun;

namespace UserTcp.Kernel.Tests.Kit;

/// <summary>
/// A private network namespace. Devices, sockets and children made inside stay in it. Each call runs on a thread of its
/// own, so that no pool thread stays in a namespace.
/// </summary>
internal sealed class PrivateNetwork : IDisposable
{
    private readonly NetworkNamespace _namespace;

    static PrivateNetwork()
    {
        // The first child starts the framework's SIGCHLD thread, which has to stay outside.
        using var first = Process.Start("true");
        first.WaitForExit();
    }

    public PrivateNetwork() => _namespace = NetworkNamespace.OnNewThread(() =>
    {
        NetworkNamespace.UnshareCurrentThread();
        NetworkNamespace.BringUpLoopback();
        return NetworkNamespace.OfCurrentThread();
    });

    public T Inside<T>(Func<T> function) => NetworkNamespace.OnNewThread(() =>
    {
        _namespace.Enter();
        return function();
    });

    public void Inside(Action action) => Inside(() =>
    {
        action();
        return true;
    });

    /// <summary>A kernel TCP socket in this network.</summary>
    public Socket NewSocket(AddressFamily family) => NewSockets(family, 1)[0];

    public Socket[] NewSockets(AddressFamily family, int count) => Inside(() =>
        Enumerable.Range(0, count).Select(_ => new Socket(family, SocketType.Stream, ProtocolType.Tcp)).ToArray());

    /// <summary>A listening kernel socket at a free port.</summary>
    public Socket Listen(IPAddress address, int backlog = 128, Action<Socket>? prepare = null)
    {
        var socket = NewSocket(address.AddressFamily);
        prepare?.Invoke(socket);
        socket.Bind(new IPEndPoint(address, 0));
        socket.Listen(backlog);
        return socket;
    }

    /// <summary>Starts a program in this network.</summary>
    public Child Start(string program, params string[] arguments) => Start(new ChildOptions(program, arguments));

    public Child Start(ChildOptions options) => new(options, this);

    /// <summary>Runs a program, asserts success and returns its output.</summary>
    public async Task<string> RunAsync(string program, params string[] arguments)
    {
        using var child = Start(program, arguments);
        return (await child.EndAsync()).MustSucceed();
    }

    public void Dispose() => _namespace.Dispose();
}
