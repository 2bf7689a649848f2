using System.Net;
using UserTcp.Hosting;

namespace UserTcp.AspNetCore;

/// <summary>A stack that Kestrel may serve on.</summary>
/// <param name="Provider">Gives the stack when it is up.</param>
/// <param name="Options">Its options.</param>
internal sealed record TransportStack(IUserTcpStackProvider Provider, UserTcpOptions Options)
{
    /// <summary>
    /// The stack's addresses; none before it is up. Kestrel binds after that, or the stack has failed the host.
    /// </summary>
    public IReadOnlyList<IPAddress> Addresses
    {
        get
        {
            var stack = Provider.GetStackAsync();
            return stack.IsCompletedSuccessfully ? stack.Result.Addresses : [];
        }
    }
}
