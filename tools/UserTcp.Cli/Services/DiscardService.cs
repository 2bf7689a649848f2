namespace UserTcp.Cli.Services;

/// <summary>Throws away what it receives (RFC 863).</summary>
internal static class DiscardService
{
    public static async Task HandleAsync(UserTcpConnection connection, CancellationToken cancellationToken)
    {
        var input = connection.Transport.Input;
        while (true)
        {
            var read = await input.ReadAsync(cancellationToken);
            input.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
                break;
        }

        await connection.Transport.Output.CompleteAsync();
        await input.CompleteAsync();
    }
}
