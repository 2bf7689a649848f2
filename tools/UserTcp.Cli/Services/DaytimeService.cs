using System.Globalization;
using System.Text;

namespace UserTcp.Cli.Services;

/// <summary>Says what time it is, and closes (RFC 867).</summary>
internal static class DaytimeService
{
    public static async Task HandleAsync(UserTcpConnection connection, CancellationToken cancellationToken)
    {
        var line = DateTimeOffset.Now.ToString("dddd, MMMM d, yyyy HH:mm:ss zzz", CultureInfo.InvariantCulture) + "\r\n";
        var stream = connection.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(line), cancellationToken);
        connection.CompleteWrites();
        // Reading to the end lets the peer's FIN arrive in peace.
        await stream.CopyToAsync(Stream.Null, cancellationToken);
    }
}
