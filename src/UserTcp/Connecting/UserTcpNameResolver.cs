using System.Net;
using System.Net.Sockets;

namespace UserTcp;

/// <summary>
/// Resolves a host name to addresses, best first, as <see cref="Dns.GetHostAddressesAsync(string, AddressFamily,
/// CancellationToken)"/> does. Throws a <see cref="SocketException"/> (HostNotFound, TryAgain) when it cannot.
/// </summary>
/// <param name="host">The name, or an address in text form.</param>
/// <param name="family">The family to return; Unspecified for both.</param>
/// <param name="cancellationToken">Ends the query.</param>
public delegate Task<IPAddress[]> UserTcpNameResolver(
    string host, AddressFamily family, CancellationToken cancellationToken);
