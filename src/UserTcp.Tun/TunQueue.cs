using System.Runtime.InteropServices;
using System.Text;
using static Tmds.Linux.LibC;
using static UserTcp.Tun.LibCAdditions;

namespace UserTcp.Tun;

/// <summary>
/// Opens the clone device and attaches the descriptor to an interface (tuntap in the kernel's networking
/// documentation).
/// </summary>
internal static unsafe class TunQueue
{
    /// <summary>
    /// Creates the interface in the calling thread's network namespace, or attaches to one: to a persistent interface,
    /// or as one more queue. Reads and writes do not wait. They carry IP packets, with offload after a
    /// <see cref="VirtioHeader"/>.
    /// </summary>
    /// <returns>The descriptor, and the name that the kernel has chosen.</returns>
    public static (SafeDescriptor Descriptor, string Name) Open(string clonePath, string name, TunDeviceOptions options)
    {
        var descriptor = SafeDescriptor.Open(clonePath, O_RDWR | O_NONBLOCK, out var error);
        if (error != 0)
            throw TunException.OnOpen(clonePath, error);
        try
        {
            var given = Attach(descriptor, clonePath, name, options);
            if (options.Offload)
                SetOffload(descriptor, given);
            return (descriptor, given);
        }
        catch
        {
            descriptor.Dispose();
            throw;
        }
    }

    /// <summary>
    /// True when the kernel lets the calling thread create interfaces in its network namespace. The request names no
    /// type of interface. The kernel checks permissions (EPERM) before the type (EINVAL), so it creates no interface.
    /// </summary>
    public static bool MayCreate(string clonePath)
    {
        using var descriptor = SafeDescriptor.Open(clonePath, O_RDWR | O_NONBLOCK, out var error);
        if (error != 0)
            return false;
        var request = new ifreq { ifr_flags = (short)IFF_NO_PI };
        "usertcp%d"u8.CopyTo(new Span<byte>(request.ifr_name, ifreq.IFNAMSIZ));
        using var tun = descriptor.Keep();
        return ioctl(tun.Number, TUNSETIFF, &request) < 0 && errno != EPERM;
    }

    private static string Attach(SafeDescriptor descriptor, string clonePath, string name, TunDeviceOptions options)
    {
        var hasQueues = options.Queues > 1;
        var flags = IFF_TUN | IFF_NO_PI | (options.Offload ? IFF_VNET_HDR : 0) | (hasQueues ? IFF_MULTI_QUEUE : 0);
        var request = new ifreq { ifr_flags = (short)flags };
        // The kernel reads an empty name as "tun%d", and truncates a long one.
        if (name.Length is 0 or >= ifreq.IFNAMSIZ || !Ascii.IsValid(name)
            || name.Contains('\0', StringComparison.Ordinal))
        {
            throw TunException.OnAttach(clonePath, name, hasQueues, EINVAL);
        }

        Encoding.ASCII.GetBytes(name, new Span<byte>(request.ifr_name, ifreq.IFNAMSIZ));
        using var tun = descriptor.Keep();
        if (ioctl(tun.Number, TUNSETIFF, &request) < 0)
            throw TunException.OnAttach(clonePath, name, hasQueues, errno);
        return Encoding.ASCII.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(request.ifr_name));
    }

    /// <summary>Allows the kernel to deliver super-segments, and packets whose checksum is not complete.</summary>
    private static void SetOffload(SafeDescriptor descriptor, string name)
    {
        var length = VirtioHeader.Length;
        using var tun = descriptor.Keep();
        if (ioctl(tun.Number, TUNSETVNETHDRSZ, &length) < 0
            || ioctl(tun.Number, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6) < 0)
        {
            throw TunException.Unexpected($"Interface {name} cannot offload (open it without)", errno);
        }
    }
}
