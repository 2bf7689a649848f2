using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using UserTcp.Hosting;

namespace UserTcp.AspNetCore;

/// <summary>
/// Kestrel's transport over the stack. It binds the end points whose address is the stack's own, and wildcards if it is
/// to claim them. All others it leaves to the transport that was registered before.
/// </summary>
internal sealed class UserTcpTransportFactory(
    IUserTcpStackProvider stacks, IMemoryPoolFactory<byte> memoryPools, IOptions<UserTcpOptions> hosting,
    ILoggerFactory loggers)
    : IConnectionListenerFactory, IConnectionListenerFactorySelector, IDisposable
{
    // For Kestrel's own buffers, such as a response before its headers are complete; data on the wire is in the stack's
    // blocks.
    private readonly MemoryPool<byte> _memoryPool = memoryPools.Create();

    private readonly ILogger _logger = loggers.CreateLogger(TransportLog.Category);

    public bool CanBind(EndPoint endpoint)
    {
        // Called after StartingAsync: the stack is up, or its start has failed the host.
        var stack = stacks.GetStackAsync();
        if (endpoint is not IPEndPoint ip || !stack.IsCompletedSuccessfully)
            return false;
        var addresses = stack.Result.Addresses;
        if (addresses.Contains(ip.Address) || (hosting.Value.ClaimWildcards && IsWildcard(ip.Address)))
            return true;
        // Nobody takes the loopback for the stack's.
        if (!IPAddress.IsLoopback(ip.Address))
            _logger.EndPointNotClaimed(ip.ToString(), string.Join(", ", addresses));
        return false;
    }

    public async ValueTask<IConnectionListener> BindAsync(
        EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        var stack = await stacks.GetStackAsync(cancellationToken).ConfigureAwait(false);
        var options = new UserTcpListenerOptions
        {
            ListenEndPoint = (IPEndPoint)endpoint,
            NoDelay = true,
            FastOpen = hosting.Value.FastOpen,
        };
        try
        {
            return new UserTcpConnectionListener(
                await stack.ListenAsync(options, cancellationToken).ConfigureAwait(false), _memoryPool, _logger,
                hosting.Value.ServeHalfClosed);
        }
        catch (SocketException exception)
            when (exception.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            throw new AddressInUseException(exception.Message, exception);
        }
    }

    public void Dispose() => _memoryPool.Dispose();

    private static bool IsWildcard(IPAddress address) =>
        address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);
}
