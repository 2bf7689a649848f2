namespace UserTcp.Tun;

/// <summary>Why a TUN device, or a network namespace for one, cannot be opened or used.</summary>
public enum TunFailure
{
    /// <summary>
    /// The clone device is missing, the kernel has no TUN driver behind it, or the interface has been removed.
    /// </summary>
    DeviceMissing,

    /// <summary>This user may not open the device, configure interfaces, or create namespaces.</summary>
    NotPermitted,

    /// <summary>Another process has the interface open.</summary>
    NameInUse,

    /// <summary>An invalid name, address or MTU.</summary>
    Configuration,

    /// <summary>Any other error of the kernel.</summary>
    Other,
}
