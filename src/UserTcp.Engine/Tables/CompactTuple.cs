using System.Runtime.InteropServices;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Engine.Tables;

/// <summary>
/// A four-tuple in 22 bytes, for large tables: it stores the index of our address among the host's. A
/// <see cref="FourTuple"/> takes 40.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 2)]
internal readonly struct CompactTuple(in FourTuple tuple, HostAddresses addresses)
{
    private readonly IpAddress _remoteAddress = tuple.RemoteAddress;
    private readonly Port _remotePort = tuple.RemotePort;
    private readonly Port _localPort = tuple.LocalPort;
    private readonly ushort _localAddress = (ushort)addresses.IndexOf(tuple.LocalAddress);

    public FourTuple Expand(HostAddresses addresses) =>
        new(addresses[_localAddress], _localPort, _remoteAddress, _remotePort);

    public bool Is(in FourTuple tuple, HostAddresses addresses) =>
        _remotePort == tuple.RemotePort && _localPort == tuple.LocalPort && _remoteAddress == tuple.RemoteAddress &&
        addresses[_localAddress] == tuple.LocalAddress;
}
