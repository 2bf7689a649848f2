using System.Runtime.InteropServices;
using System.Text;

namespace UserTcp.Tun;

/// <summary>Opens the clone device and ties the descriptor to an interface (tuntap in the kernel's networking documentation).</summary>
internal static unsafe class TunQueue
{
    /// <summary>
    /// Creates the interface, or attaches to one that is there with a queue more or was made persistent, in the calling thread's network namespace. Reads and
    /// writes do not wait, and carry bare IP packets, with offload behind a <see cref="VirtioHeader"/>.
    /// </summary>
    /// <returns>The descriptor, and the name that the kernel has given.</returns>
    public static (SafeDescriptor Descriptor, string Name) Open(string clonePath, string name, TunDeviceOptions options)
    {
        var descriptor = SafeDescriptor.Open(clonePath, LibC.O_RDWR | LibC.O_NONBLOCK, out var error);
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
    /// True when the kernel lets the calling thread create interfaces in its network namespace. The request names no type of interface: the
    /// kernel refuses it for its permissions (EPERM) before its form (EINVAL), so no interface is created.
    /// </summary>
    public static bool MayCreate(string clonePath)
    {
        using var descriptor = SafeDescriptor.Open(clonePath, LibC.O_RDWR | LibC.O_NONBLOCK, out var error);
        if (error != 0)
            return false;
        var request = new LibC.ifreq { ifr_flags = LibC.IFF_NO_PI };
        "usertcp%d"u8.CopyTo(new Span<byte>(request.ifr_name, LibC.ifreq.IFNAMSIZ));
        return LibC.ioctl(descriptor, LibC.TUNSETIFF, &request) < 0 && Marshal.GetLastPInvokeError() != LibC.EPERM;
    }

    private static string Attach(SafeDescriptor descriptor, string clonePath, string name, TunDeviceOptions options)
    {
        var hasQueues = options.Queues > 1;
        var flags = LibC.IFF_TUN | LibC.IFF_NO_PI | (options.Offload ? LibC.IFF_VNET_HDR : 0) | (hasQueues ? LibC.IFF_MULTI_QUEUE : 0);
        var request = new LibC.ifreq { ifr_flags = (short)flags };
        // The kernel takes an empty name for "tun%d", and cuts a long one.
        if (name.Length is 0 or >= LibC.ifreq.IFNAMSIZ || !Ascii.IsValid(name) || name.Contains('\0', StringComparison.Ordinal))
            throw TunException.OnAttach(clonePath, name, hasQueues, LibC.EINVAL);
        Encoding.ASCII.GetBytes(name, new Span<byte>(request.ifr_name, LibC.ifreq.IFNAMSIZ));
        if (LibC.ioctl(descriptor, LibC.TUNSETIFF, &request) < 0)
            throw TunException.OnAttach(clonePath, name, hasQueues, Marshal.GetLastPInvokeError());
        return Encoding.ASCII.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(request.ifr_name));
    }

    /// <summary>What the kernel may leave to us: it hands over segments that are not cut, with checksums that are not completed.</summary>
    private static void SetOffload(SafeDescriptor descriptor, string name)
    {
        var length = VirtioHeader.Length;
        if (LibC.ioctl(descriptor, LibC.TUNSETVNETHDRSZ, &length) < 0
            || LibC.ioctl(descriptor, LibC.TUNSETOFFLOAD, LibC.TUN_F_CSUM | LibC.TUN_F_TSO4 | LibC.TUN_F_TSO6) < 0)
        {
            throw TunException.Unexpected($"Interface {name} cannot offload (open it without)", Marshal.GetLastPInvokeError());
        }
    }
}
