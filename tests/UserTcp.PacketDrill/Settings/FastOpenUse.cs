namespace UserTcp.PacketDrill.Settings;

/// <summary>The supported bits of tcp_fastopen.</summary>
[Flags]
internal enum FastOpenUse
{
    None = 0,
    Client = 0x1,
    Server = 0x2,

    /// <summary>Every listener, also without the option.</summary>
    AllListeners = 0x400,
}
