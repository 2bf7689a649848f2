using System.Net;
using Microsoft.AspNetCore.Connections;

namespace UserTcp.Testing.Kestrel;

/// <summary>
/// Refuses the end points that the virtual host does not have, which Kestrel would serve over sockets.
/// </summary>
internal sealed class NoSockets(VirtualHost host) : IConnectionListenerFactory
{
    public ValueTask<IConnectionListener> BindAsync(
        EndPoint endpoint, CancellationToken cancellationToken = default) =>
        throw new InvalidOperationException(
            $"{endpoint} is no address of the virtual host {host.Name}, which has {string.Join(", ", host.Addresses)}. "
            + "Other hosts reach it at a wildcard, such as http://*:80.");
}
