namespace UserTcp.PacketDrill.Settings;

/// <summary>The bits of tcp_fastopen that the stack knows.</summary>
[Flags]
internal enum FastOpenUse
{
    None = 0,
    Client = 0x1,
    Server = 0x2,

    /// <summary>Every listener, whether it has asked for it or not.</summary>
    AllListeners = 0x400,
}
