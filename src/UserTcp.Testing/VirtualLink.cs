namespace UserTcp.Testing;

/// <summary>A link between a host and a switch, or between two switches; it may be changed at any time.</summary>
public sealed class VirtualLink
{
    internal VirtualLink(VirtualLinkDirection outbound, VirtualLinkDirection inbound) =>
        (Outbound, Inbound) = (outbound, inbound);

    /// <summary>The direction away from the host, or from the first of two switches.</summary>
    public VirtualLinkDirection Outbound { get; }

    /// <summary>The direction to the host, or to the first of two switches.</summary>
    public VirtualLinkDirection Inbound { get; }

    /// <summary>True while the link drops every packet.</summary>
    public bool IsDown
    {
        get => Outbound.IsDown && Inbound.IsDown;
        set => Outbound.IsDown = Inbound.IsDown = value;
    }
}
