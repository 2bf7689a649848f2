namespace UserTcp.Wire;

/// <summary>
/// The addresses and ports that identify a connection (RFC 9293 section 3.3.1, "connection identifiers").
/// </summary>
/// <param name="LocalAddress">Our address.</param>
/// <param name="LocalPort">Our port.</param>
/// <param name="RemoteAddress">The peer's address.</param>
/// <param name="RemotePort">The peer's port.</param>
public readonly record struct FourTuple(
    IpAddress LocalAddress, Port LocalPort, IpAddress RemoteAddress, Port RemotePort)
{
    // Addresses first: this order takes 40 octets, the parameters' 48.

    /// <summary>Our address.</summary>
    public IpAddress LocalAddress { get; init; } = LocalAddress;

    /// <summary>The peer's address.</summary>
    public IpAddress RemoteAddress { get; init; } = RemoteAddress;

    /// <summary>Our port.</summary>
    public Port LocalPort { get; init; } = LocalPort;

    /// <summary>The peer's port.</summary>
    public Port RemotePort { get; init; } = RemotePort;

    /// <summary>The same connection as the peer names it: its side is the local one.</summary>
    public FourTuple Reverse => new(RemoteAddress, RemotePort, LocalAddress, LocalPort);

    /// <summary>The tuple as "local:port remote:port", as ss prints it.</summary>
    public override string ToString() => $"{FormatLocal()} {FormatRemote()}";

    /// <summary>Our address and port: "198.18.0.2:80", "[2001:db8:75::2]:80".</summary>
    public string FormatLocal() => Format(LocalAddress, LocalPort);

    /// <summary>The peer's address and port.</summary>
    public string FormatRemote() => Format(RemoteAddress, RemotePort);

    private static string Format(IpAddress address, Port port) =>
        address.IsIPv4 ? $"{address}:{port}" : $"[{address}]:{port}";
}
