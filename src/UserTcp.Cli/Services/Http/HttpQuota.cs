using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace UserTcp.Cli.Services.Http;

/// <summary>
/// One limit of open connections for all end points of HTTP. Kestrel's own limit counts each end point for itself, and
/// each address and port of the stack is one.
/// </summary>
internal sealed class HttpQuota(int max)
{
    private int _open;

    /// <summary>Resets connections of this end point that are too many.</summary>
    public void AddTo(ListenOptions listen) => listen.Use(next => connection => ServeAsync(connection, next));

    /// <summary>Counts one connection more; false when there are too many.</summary>
    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _open) <= max)
            return true;
        Leave();
        return false;
    }

    /// <summary>A connection has been served.</summary>
    public void Leave() => Interlocked.Decrement(ref _open);

    private async Task ServeAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        if (!TryEnter())
        {
            connection.Abort();
            return;
        }

        try
        {
            await next(connection);
        }
        finally
        {
            Leave();
        }
    }
}
