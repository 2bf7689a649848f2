using UserTcp.Hosting;

namespace UserTcp.Testing.Kestrel;

/// <summary>Gives an application the stack of its virtual host.</summary>
internal sealed class HostStackProvider(VirtualHost host) : IUserTcpStackProvider
{
    public ValueTask<UserTcpStack> GetStackAsync(CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(host.Stack);
}
