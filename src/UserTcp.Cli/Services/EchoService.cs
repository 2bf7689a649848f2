using System.Buffers;
using UserTcp.Wire;

namespace UserTcp.Cli.Services;

/// <summary>
/// Sends back what it receives (RFC 862), also what comes before a half-close. A peer that sends nothing for
/// <see cref="IdleSeconds"/> is let go.
/// </summary>
internal static class EchoService
{
    /// <summary>Seconds that a peer may be silent.</summary>
    public const int IdleSeconds = 600;

    public static async Task HandleAsync(ServedConnection served, CancellationToken cancellationToken)
    {
        var (input, output) = (served.Connection.Transport.Input, served.Connection.Transport.Output);
        while (true)
        {
            served.ReadUntil(served.After(IdleSeconds));
            var read = await input.ReadAsync(cancellationToken);
            // How fast the peer reads is not for this limit, but for minimum progress.
            served.Rest();
            foreach (var piece in read.Buffer)
                output.Write(piece.Span);
            input.AdvanceTo(read.Buffer.End);
            var flush = await output.FlushAsync(cancellationToken);
            if (read.IsCompleted || read.IsCanceled || flush.IsCompleted)
                break;
        }

        await output.CompleteAsync();
        await input.CompleteAsync();
    }

    /// <summary>Sends back each datagram.</summary>
    public static async Task HandleDatagramsAsync(UserTcpUdpSocket socket, CancellationToken cancellationToken)
    {
        var buffer = new byte[UdpHeader.MaxPayload];
        while (true)
        {
            var received = await socket.ReceiveFromAsync(buffer, cancellationToken);
            if (DatagramService.MayAnswer(received.RemoteEndPoint))
            {
                await DatagramService.TrySendAsync(
                    socket, buffer.AsMemory(0, received.ReceivedBytes), received.RemoteEndPoint, cancellationToken);
            }
        }
    }
}
