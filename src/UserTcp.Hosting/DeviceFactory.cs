using UserTcp.Tun;

namespace UserTcp.Hosting;

/// <summary>Opens the link of the application's stack.</summary>
/// <param name="options">The application's validated options.</param>
public delegate ILinkDevice DeviceFactory(UserTcpOptions options);

/// <summary>The default factory, which opens a TUN device. A factory of one's own may wrap what it opens.</summary>
public static class TunDeviceFactory
{
    /// <summary>Opens the TUN device of the options.</summary>
    /// <param name="options">The application's validated options.</param>
    public static ILinkDevice Open(UserTcpOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var device = new TunDeviceOptions
        {
            Name = options.Device,
            Mtu = options.Mtu,
            ClonePath = options.ClonePath,
            Queues = options.Queues,
            Offload = options.Offload,
            // Impairments apply to single segments.
            CutArriving = options.IsImpaired,
        };
        foreach (var address in options.KernelAddresses)
            device.KernelAddresses.Add(TunAddress.Parse(address));
        return TunDevice.Open(device);
    }
}
