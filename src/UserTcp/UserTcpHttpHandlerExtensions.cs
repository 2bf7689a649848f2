using UserTcp;

namespace System.Net.Http;

/// <summary>Lets HttpClient connect over a stack.</summary>
public static class UserTcpHttpHandlerExtensions
{
    /// <summary>
    /// Makes the handler open its connections over <paramref name="stack"/>, without proxies. Returns the handler.
    /// </summary>
    public static SocketsHttpHandler UseUserTcp(this SocketsHttpHandler handler, UserTcpStack stack)
    {
        ArgumentNullException.ThrowIfNull(stack);
        return handler.UseUserTcp(_ => new ValueTask<UserTcpStack>(stack));
    }

    /// <summary>
    /// As <see cref="UseUserTcp(SocketsHttpHandler, UserTcpStack)"/>, for a stack that may not be up yet.
    /// </summary>
    public static SocketsHttpHandler UseUserTcp(
        this SocketsHttpHandler handler, Func<CancellationToken, ValueTask<UserTcpStack>> getStack)
    {
        ArgumentNullException.ThrowIfNull(handler);
        ArgumentNullException.ThrowIfNull(getStack);
        handler.UseProxy = false;
        handler.ConnectCallback = async (context, cancellationToken) =>
        {
            var stack = await getStack(cancellationToken).ConfigureAwait(false);
            var options = new UserTcpConnectionOptions { RemoteEndPoint = context.DnsEndPoint, NoDelay = true };
            var connection = await stack.ConnectAsync(options, cancellationToken).ConfigureAwait(false);
            return connection.GetStream();
        };
        return handler;
    }
}
