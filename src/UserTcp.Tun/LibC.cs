using System.Runtime.InteropServices;

#pragma warning disable CS8981 // The names are those of libc.

namespace UserTcp.Tun;

/// <summary>
/// The calls of libc that are needed here, under the names that Tmds.LibC gives them, so that this file can be swapped for that
/// package. The numbers are those of Linux on x64 and arm64. None suppresses the GC transition: that is never right for input and
/// output.
/// </summary>
internal static unsafe partial class LibC
{
    public const int O_RDONLY = 0;
    public const int O_RDWR = 2;
    public const int O_NONBLOCK = 0x800;
    public const int O_CLOEXEC = 0x80000;

    public const int EPERM = 1;
    public const int ENOENT = 2;
    public const int EINTR = 4;
    public const int EIO = 5;
    public const int ENXIO = 6;
    public const int E2BIG = 7;
    public const int EAGAIN = 11;
    public const int ENOMEM = 12;
    public const int EACCES = 13;
    public const int EBUSY = 16;
    public const int EEXIST = 17;
    public const int ENODEV = 19;
    public const int EINVAL = 22;
    public const int ENOTTY = 25;
    public const int ENOSPC = 28;
    public const int EBADFD = 77;
    public const int EMSGSIZE = 90;
    public const int EOPNOTSUPP = 95;
    public const int ENETUNREACH = 101;
    public const int ENOBUFS = 105;
    public const int EHOSTUNREACH = 113;

    public const int EFD_NONBLOCK = O_NONBLOCK;
    public const int EFD_CLOEXEC = O_CLOEXEC;
    public const short POLLIN = 1;

    public const int AF_INET = 2;
    public const int AF_INET6 = 10;
    public const int AF_NETLINK = 16;
    public const int SOCK_RAW = 3;
    public const int SOCK_CLOEXEC = O_CLOEXEC;
    public const int MSG_TRUNC = 0x20;

    public const uint TUNSETIFF = 0x400454CA;
    public const uint TUNSETOFFLOAD = 0x400454D0;
    public const uint TUNSETVNETHDRSZ = 0x400454D8;
    public const nuint TUN_F_CSUM = 0x01;
    public const nuint TUN_F_TSO4 = 0x02;
    public const nuint TUN_F_TSO6 = 0x04;
    public const short IFF_TUN = 0x0001;
    public const short IFF_MULTI_QUEUE = 0x0100;
    public const short IFF_NO_PI = 0x1000;
    public const short IFF_VNET_HDR = 0x4000;
    public const int IFF_UP = 0x0001;

    public const int AT_FDCWD = -100;
    public const int AT_SYMLINK_NOFOLLOW = 0x100;
    public const uint STATX_TYPE = 0x1;
    public const uint STATX_MODE = 0x2;
    public const uint STATX_UID = 0x8;

    public const int CLONE_NEWNET = 0x40000000;
    public const int PR_SET_TIMERSLACK = 29;
    public const int SIGPIPE = 13;
    public const nint SIG_DFL = 0;
    public const nint SIG_ERR = -1;

    private const string Library = "libc";

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int open(string pathname, int flags);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int close(int fd);

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int statx(int dirfd, string pathname, int flags, uint mask, statx_result* statxbuf);

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint read(SafeHandle fd, void* buf, nuint count);

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint readv(SafeHandle fd, iovec* iov, int iovcnt);

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint write(SafeHandle fd, void* buf, nuint count);

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint writev(SafeHandle fd, iovec* iov, int iovcnt);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int ioctl(SafeHandle fd, nuint request, void* arg);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int ioctl(SafeHandle fd, nuint request, nuint arg);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int ppoll(pollfd* fds, nuint nfds, timespec* tmo_p, void* sigmask);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int eventfd(uint initval, int flags);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int socket(int domain, int type, int protocol);

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint send(SafeHandle sockfd, void* buf, nuint len, int flags);

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint recv(SafeHandle sockfd, void* buf, nuint len, int flags);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int unshare(int flags);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int setns(SafeHandle fd, int nstype);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int execve(byte* pathname, byte** argv, byte** envp);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int prctl(int option, nuint arg2);

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint signal(int signum, nint handler);

    /// <summary>struct statx, with the fields that are used. Its layout is the same on every architecture (statx(2)).</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    public struct statx_result
    {
        [FieldOffset(20)]
        public uint stx_uid;

        [FieldOffset(28)]
        public ushort stx_mode;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct iovec
    {
        public void* iov_base;
        public nuint iov_len;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct pollfd
    {
        public int fd;
        public short events;
        public short revents;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct timespec
    {
        public long tv_sec;
        public long tv_nsec;
    }

    /// <summary>A name of 16 octets, ended by a zero, and a union of 24, of which only the flags are used.</summary>
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
