using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace UserTcp.Cli.Doctor;

/// <summary>The clone device of TUN interfaces, tried without making an interface.</summary>
internal static unsafe partial class TunNode
{
    public const string Path = "/dev/net/tun";

    private const nuint SetInterface = 0x400454CA; // TUNSETIFF
    private const int RequestLength = 40; // struct ifreq
    private const int NotPermitted = 1; // EPERM

    /// <summary>Why the node at a path cannot be opened, or null. Opening it needs no capability.</summary>
    public static string? FindProblem(string path = Path)
    {
        if (!File.Exists(path))
            return $"{path} is missing";
        try
        {
            using var node = Open(path);
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return $"{path} cannot be opened ({(exception is IOException ? exception.Message : "permission denied")})";
        }
    }

    /// <summary>
    /// True when the kernel lets this process make interfaces in its network namespace. A request without a type of interface is
    /// refused for its permissions before it is refused for its form, so nothing is made.
    /// </summary>
    public static bool MayMakeInterfaces()
    {
        if (FindProblem() is not null)
            return false;
        using var node = Open(Path);
        var request = stackalloc byte[RequestLength];
        new Span<byte>(request, RequestLength).Clear();
        Encoding.ASCII.GetBytes("usertcp%d", new Span<byte>(request, RequestLength));
        return ioctl(node, SetInterface, request) < 0 && Marshal.GetLastPInvokeError() != NotPermitted;
    }

    private static SafeFileHandle Open(string path) => File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ioctl(SafeFileHandle fd, nuint request, void* argument);
}
