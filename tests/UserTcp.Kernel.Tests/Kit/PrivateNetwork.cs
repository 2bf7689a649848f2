using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.ExceptionServices;
using UserTcp.Tun;

namespace UserTcp.Kernel.Tests.Kit;

/// <summary>
/// A network namespace of the test's own. What is made inside stays in it: devices, sockets, children. Each call has a thread to
/// itself, which ends with it, so no thread of the pool can ever stray into a namespace, or keep one.
/// </summary>
internal sealed class PrivateNetwork : IDisposable
{
    private readonly NetworkNamespace _namespace;

    static PrivateNetwork()
    {
        // The framework starts its thread for ended children with the first child: it has to stay outside.
        using var first = Process.Start("true");
        first.WaitForExit();
    }

    public PrivateNetwork() => _namespace = OnNewThread(() =>
    {
        NetworkNamespace.UnshareCurrentThread();
        NetworkNamespace.BringUpLoopback();
        return NetworkNamespace.OfCurrentThread();
    });

    /// <summary>Calls a function on a thread that nothing else runs on.</summary>
    public static T OnNewThread<T>(Func<T> function)
    {
        T? result = default;
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                result = function();
            }
            catch (Exception exception)
            {
                failure = ExceptionDispatchInfo.Capture(exception);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
        return result!;
    }

    public T Inside<T>(Func<T> function) => OnNewThread(() =>
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

    /// <summary>A kernel socket that listens at a free port.</summary>
    public Socket Listen(IPAddress address, int backlog = 128, Action<Socket>? prepare = null)
    {
        var socket = NewSocket(address.AddressFamily);
        prepare?.Invoke(socket);
        socket.Bind(new IPEndPoint(address, 0));
        socket.Listen(backlog);
        return socket;
    }

    /// <summary>A program that runs in this network.</summary>
    public Child Start(string program, params string[] arguments) => Start(new ChildOptions(program, arguments));

    public Child Start(ChildOptions options) => new(options, this);

    /// <summary>Runs a program to its end, and returns its output; it must succeed.</summary>
    public async Task<string> RunAsync(string program, params string[] arguments)
    {
        using var child = Start(program, arguments);
        return (await child.EndAsync()).MustSucceed();
    }

    public void Dispose() => _namespace.Dispose();
}
