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
        ArgumentNullException.ThrowIfNull(handler);
        ArgumentNullException.ThrowIfNull(stack);
        handler.UseProxy = false;
        handler.ConnectCallback = async (context, cancellationToken) =>
        {
            var options = new UserTcpConnectionOptions { RemoteEndPoint = context.DnsEndPoint, NoDelay = true };
            var connection = await stack.ConnectAsync(options, cancellationToken).ConfigureAwait(false);
            return connection.GetStream();
        };
        return handler;
    }
}
