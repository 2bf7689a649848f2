namespace UserTcp.Tun;

/// <summary>Why a TUN device, or a network namespace for one, cannot be had or used.</summary>
public enum TunFailure
{
    /// <summary>The clone device is missing, the kernel has no TUN driver behind it, or the interface has been removed.</summary>
    DeviceMissing,

    /// <summary>This user may not open the device, set up interfaces, or make namespaces.</summary>
    NotPermitted,

    /// <summary>Somebody else has the interface open.</summary>
    NameInUse,

    /// <summary>A name, address or MTU that cannot be.</summary>
    Configuration,

    /// <summary>Anything else the kernel says.</summary>
    Other,
}
