using System.Net;
using UserTcp.Engine.Contract;
using UserTcp.Impairment;

namespace UserTcp.Testing;

/// <summary>The options of a host.</summary>
public sealed record VirtualHostOptions
{
    /// <summary>The host's addresses; empty for the next of 10.0.0.0/8.</summary>
    public IReadOnlyList<IPAddress> Addresses { get; init; } = [];

    /// <summary>The MTU of its link in bytes; 1500 by default.</summary>
    public int Mtu { get; init; } = LinkProperties.DefaultMtu;

    /// <summary>What its outgoing packets meet; null for <see cref="VirtualNetworkOptions.Impairment"/>.</summary>
    public LinkImpairment? Impairment { get; init; }

    /// <summary>
    /// The limits, times and defaults of its TCP; null for <see cref="VirtualNetworkOptions.Engine"/>.
    /// </summary>
    public EngineOptions? Engine { get; init; }

    /// <summary>The switch that it is connected to; null for <see cref="VirtualNetwork.DefaultSwitch"/>.</summary>
    public VirtualSwitch? Switch { get; init; }
}
