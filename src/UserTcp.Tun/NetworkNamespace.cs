using System.Runtime.ExceptionServices;
using static Tmds.Linux.LibC;

namespace UserTcp.Tun;

/// <summary>
/// A network namespace (network_namespaces(7)): interfaces, addresses, routes and ports of its own. Each thread is in
/// one. A new thread or process inherits the namespace of the thread that starts it. Sockets and devices stay in the
/// namespace where they were created. A namespace ends with the last of all these, and of the objects of this class for
/// it.
/// </summary>
public sealed class NetworkNamespace : IDisposable
{
    private const string OfThisThread = "/proc/thread-self/ns/net";

    private readonly SafeDescriptor _descriptor;

    private NetworkNamespace(SafeDescriptor descriptor) => _descriptor = descriptor;

    /// <summary>The namespace that the calling thread is in.</summary>
    /// <exception cref="TunException">It cannot be opened, for example without /proc.</exception>
    public static NetworkNamespace OfCurrentThread()
    {
        var descriptor = SafeDescriptor.Open(OfThisThread, O_RDONLY, out var error);
        return error == 0
            ? new NetworkNamespace(descriptor)
            : throw TunException.OnNamespace($"{OfThisThread} cannot be opened", error);
    }

    /// <summary>Opens the namespace of a file such as /run/netns/NAME or /proc/PID/ns/net.</summary>
    /// <exception cref="TunException">There is no such file, or this user may not open it.</exception>
    public static NetworkNamespace Open(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        var descriptor = SafeDescriptor.Open(path, O_RDONLY, out var error);
        return error == 0
            ? new NetworkNamespace(descriptor)
            : throw TunException.OnNamespace($"Network namespace {path} cannot be opened", error);
    }

    /// <summary>
    /// Moves the calling thread into a new namespace. Its only interface is the loopback, which is down.
    /// </summary>
    /// <exception cref="TunException">This user may not create namespaces.</exception>
    public static void UnshareCurrentThread()
    {
        if (unshare(CLONE_NEWNET) < 0)
            throw TunException.OnNamespace("A network namespace cannot be made", errno);
    }

    /// <summary>Sets the loopback interface of the calling thread's namespace up.</summary>
    /// <exception cref="TunException">This user may not change interfaces.</exception>
    public static void BringUpLoopback() => InterfaceSetup.BringUp("lo");

    /// <summary>
    /// Calls a function on a new thread that may enter namespaces and ends afterwards: no thread of the pool may stay
    /// in a foreign one. What the function throws is thrown here.
    /// </summary>
    public static T OnNewThread<T>(Func<T> function)
    {
        ArgumentNullException.ThrowIfNull(function);
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

    /// <summary>Moves the calling thread into this namespace.</summary>
    /// <exception cref="TunException">This user may not change namespaces.</exception>
    public void Enter()
    {
        using var descriptor = _descriptor.Keep();
        if (setns(descriptor.Number, CLONE_NEWNET) < 0)
            throw TunException.OnNamespace("The network namespace cannot be entered", errno);
    }

    /// <summary>Closes the reference to the namespace. A thread that has entered it stays there.</summary>
    public void Dispose() => _descriptor.Dispose();
}
