using UserTcp.Wire;

namespace UserTcp.Cli.Services;

/// <summary>
/// Throws away what it receives (RFC 863). A peer that sends nothing for <see cref="EchoService.IdleSeconds"/> is let
/// go.
/// </summary>
internal static class DiscardService
{
    public static async Task HandleAsync(ServedConnection served, CancellationToken cancellationToken)
    {
        var input = served.Connection.Transport.Input;
        while (true)
        {
            served.ReadUntil(served.After(EchoService.IdleSeconds));
            var read = await input.ReadAsync(cancellationToken);
            input.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted || read.IsCanceled)
                break;
        }

        await served.Connection.Transport.Output.CompleteAsync();
        await input.CompleteAsync();
    }

    /// <summary>Throws away each datagram.</summary>
    public static async Task HandleDatagramsAsync(UserTcpUdpSocket socket, CancellationToken cancellationToken)
    {
        var buffer = new byte[UdpHeader.MaxPayload];
        while (true)
            await socket.ReceiveAsync(buffer, cancellationToken);
    }
}
