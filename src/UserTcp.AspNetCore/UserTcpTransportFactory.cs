using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace UserTcp.AspNetCore;

/// <summary>
/// Kestrel's transport over one or more stacks. It binds the end points whose address is a stack's own, and wildcards
/// if a stack is to claim them. All others it leaves to the transport that was registered before.
/// </summary>
internal sealed class UserTcpTransportFactory(
    IEnumerable<TransportStack> stacks, IMemoryPoolFactory<byte> memoryPools, ILoggerFactory loggers)
    : IConnectionListenerFactory, IConnectionListenerFactorySelector, IDisposable
{
    // For Kestrel's own buffers, such as a response before its headers are complete; data on the wire is in the stack's
    // blocks.
    private readonly MemoryPool<byte> _memoryPool = memoryPools.Create();

    private readonly ILogger _logger = loggers.CreateLogger(TransportLog.Category);
    private readonly TransportStack[] _stacks = [.. stacks];

    public bool CanBind(EndPoint endpoint)
    {
        if (endpoint is not IPEndPoint ip)
            return false;
        if (FindOwner(ip.Address) is not null)
            return true;
        // No word about a loopback address: it is meant for sockets.
        if (!IPAddress.IsLoopback(ip.Address))
            _logger.EndPointNotClaimed(ip.ToString(), string.Join(", ", _stacks.SelectMany(stack => stack.Addresses)));
        return false;
    }

    public async ValueTask<IConnectionListener> BindAsync(
        EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        var owner = FindOwner(((IPEndPoint)endpoint).Address)
            ?? throw new InvalidOperationException($"{endpoint} is no address of a stack that is up.");
        var stack = await owner.Provider.GetStackAsync(cancellationToken).ConfigureAwait(false);
        var options = new UserTcpListenerOptions
        {
            ListenEndPoint = (IPEndPoint)endpoint,
            NoDelay = true,
            FastOpen = owner.Options.FastOpen,
        };
        try
        {
            return new UserTcpConnectionListener(
                await stack.ListenAsync(options, cancellationToken).ConfigureAwait(false), _memoryPool, _logger,
                owner.Options.ServeHalfClosed);
        }
        catch (SocketException exception)
            when (exception.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            throw new AddressInUseException(exception.Message, exception);
        }
    }

    public void Dispose() => _memoryPool.Dispose();

    /// <summary>The stack that serves the address; one that has it goes before one that claims wildcards.</summary>
    private TransportStack? FindOwner(IPAddress address) =>
        Array.Find(_stacks, stack => stack.Addresses.Contains(address))
        ?? (IsWildcard(address) ? Array.Find(_stacks, stack => stack.Options.ClaimWildcards) : null);

    private static bool IsWildcard(IPAddress address) =>
        address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);
}
