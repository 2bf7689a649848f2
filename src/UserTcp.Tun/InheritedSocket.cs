using System.Net.Sockets;
using static Tmds.Linux.LibC;

namespace UserTcp.Tun;

/// <summary>
/// A socket that goes with the process through <see cref="ProcessImage.Execute"/>. It stays in the network namespace
/// where it was made.
/// </summary>
public static class InheritedSocket
{
    /// <summary>
    /// Keeps a socket open for the next program. Returns its descriptor's number, for <see cref="Open"/>.
    /// </summary>
    /// <param name="socket">The socket. The caller keeps it referenced until the program is replaced.</param>
    /// <exception cref="IOException">The socket is closed.</exception>
    public static int Keep(Socket socket)
    {
        ArgumentNullException.ThrowIfNull(socket);
        var descriptor = (int)socket.Handle;
        SetFlags(descriptor, 0);
        return descriptor;
    }

    /// <summary>The socket that the program before has kept. No further program inherits it.</summary>
    /// <param name="descriptor">The number from <see cref="Keep"/>.</param>
    /// <exception cref="IOException">There is no such descriptor.</exception>
    /// <exception cref="SocketException">It is not a socket.</exception>
    public static Socket Open(int descriptor)
    {
        SetFlags(descriptor, FD_CLOEXEC);
        return new Socket(new SafeSocketHandle(descriptor, ownsHandle: true));
    }

    private static void SetFlags(int descriptor, int flags)
    {
        if (fcntl(descriptor, F_SETFD, flags) < 0)
            throw new IOException($"Descriptor {descriptor} is not open.");
    }
}
