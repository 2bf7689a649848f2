using System.Runtime.InteropServices;
using Tmds.Linux;

#pragma warning disable CS8981 // The names are those of libc.

namespace UserTcp.Tun;

/// <summary>
/// The functions of libc that Tmds.LibC 0.5.0 lacks, under libc's names: scatter/gather I/O, prctl(2), setpriority(2),
/// and the TUN ioctls with their structure. All other native calls use Tmds.LibC. The numbers are those of Linux on x64
/// and arm64.
/// </summary>
/// <remarks>No call suppresses the GC transition: each may wait in the kernel.</remarks>
internal static unsafe partial class LibCAdditions
{
    public const int TUNSETIFF = 0x400454CA;
    public const int TUNSETOFFLOAD = 0x400454D0;
    public const int TUNSETVNETHDRSZ = 0x400454D8;
    public const int TUN_F_CSUM = 0x01;
    public const int TUN_F_TSO4 = 0x02;
    public const int TUN_F_TSO6 = 0x04;
    public const short IFF_TUN = 0x0001;
    public const short IFF_MULTI_QUEUE = 0x0100;
    public const short IFF_NO_PI = 0x1000;
    public const short IFF_VNET_HDR = 0x4000;
    public const int IFF_UP = 0x0001;

    public const int PR_SET_TIMERSLACK = 29;
    public const int PRIO_PROCESS = 0;

    private const string Library = "libc";

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint readv(SafeHandle fd, iovec* iov, int iovcnt);

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint writev(SafeHandle fd, iovec* iov, int iovcnt);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int prctl(int option, nuint arg2);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int setpriority(int which, uint who, int prio);

    /// <summary>
    /// A name of 16 bytes that ends with a zero, and a union of 24 bytes, of which only the flags are used.
    /// </summary>
    [StructLayout(LayoutKind.Explicit, Size = 40)]
    public struct ifreq
    {
        public const int IFNAMSIZ = 16;

        [FieldOffset(0)]
        public fixed byte ifr_name[IFNAMSIZ];

        [FieldOffset(16)]
        public short ifr_flags;
    }
}
