using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;
using UserTcp.Hosting;

namespace UserTcp.AspNetCore;

/// <summary>
/// Kestrel's transport over the stack. It binds the end points whose address is the stack's own, and leaves all others
/// to the transport that was registered before.
/// </summary>
internal sealed class UserTcpTransportFactory(
    IUserTcpStackProvider stacks, IMemoryPoolFactory<byte> memoryPools, IOptions<UserTcpOptions> hosting)
    : IConnectionListenerFactory, IConnectionListenerFactorySelector, IDisposable
{
    // For Kestrel's own buffers, such as a response before its headers are complete; data on the wire is in the stack's
    // blocks.
    private readonly MemoryPool<byte> _memoryPool = memoryPools.Create();

    public bool CanBind(EndPoint endpoint)
    {
        // Called after StartingAsync: the stack is up, or its start has failed the host.
        var stack = stacks.GetStackAsync();
        return endpoint is IPEndPoint ip && stack.IsCompletedSuccessfully
            && stack.Result.Addresses.Contains(ip.Address);
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
                await stack.ListenAsync(options, cancellationToken).ConfigureAwait(false), _memoryPool);
        }
        catch (SocketException exception)
            when (exception.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            throw new AddressInUseException(exception.Message, exception);
        }
    }

    public void Dispose() => _memoryPool.Dispose();
}
