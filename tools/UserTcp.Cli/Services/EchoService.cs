using System.Buffers;

namespace UserTcp.Cli.Services;

/// <summary>Sends back what it receives (RFC 862), also what comes before a half-close.</summary>
internal static class EchoService
{
    public static async Task HandleAsync(UserTcpConnection connection, CancellationToken cancellationToken)
    {
        var (input, output) = (connection.Transport.Input, connection.Transport.Output);
        while (true)
        {
            var read = await input.ReadAsync(cancellationToken);
            foreach (var piece in read.Buffer)
                output.Write(piece.Span);
            input.AdvanceTo(read.Buffer.End);
            var flush = await output.FlushAsync(cancellationToken);
            if (read.IsCompleted || flush.IsCompleted)
                break;
        }

        await output.CompleteAsync();
        await input.CompleteAsync();
    }
}
