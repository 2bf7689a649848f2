using System.Globalization;
using System.Text;

namespace UserTcp.Cli.Services;

/// <summary>
/// Says what time it is, and closes (RFC 867). The peer has <see cref="CloseSeconds"/> for its FIN, whatever it sends.
/// </summary>
internal static class DaytimeService
{
    /// <summary>Seconds that a peer has to close its side.</summary>
    public const int CloseSeconds = 10;

    public static async Task HandleAsync(ServedConnection served, CancellationToken cancellationToken)
    {
        var line = DateTimeOffset.Now.ToString("dddd, MMMM d, yyyy HH:mm:ss zzz", CultureInfo.InvariantCulture)
            + "\r\n";
        var connection = served.Connection;
        served.ReadUntil(served.After(CloseSeconds));
        await connection.Transport.Output.WriteAsync(Encoding.ASCII.GetBytes(line), cancellationToken);
        connection.CompleteWrites();
        // A FIN that finds everything read is answered with ACK and not with RST.
        await connection.Transport.Input.DiscardAsync(cancellationToken);
    }
}
