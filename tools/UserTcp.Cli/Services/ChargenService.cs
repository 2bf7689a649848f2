namespace UserTcp.Cli.Services;

/// <summary>Sends lines of 72 characters until the peer has enough (RFC 864). What the peer sends is thrown away.</summary>
internal static class ChargenService
{
    private const int Columns = 72;
    private const int FirstPrintable = ' ';
    private const int Printables = '~' - FirstPrintable + 1;
    private const int Period = Printables * (Columns + 2);
    private const int FlushOctets = 64 * 1024;

    private static readonly UserTcpPinnedText Text = new(MakeText());

    public static Task HandleAsync(UserTcpConnection connection, CancellationToken cancellationToken)
    {
        var discarding = DiscardAsync(connection, cancellationToken);
        return Task.WhenAll(discarding, GenerateAsync(connection, discarding, cancellationToken));
    }

    private static async Task GenerateAsync(UserTcpConnection connection, Task discarding, CancellationToken cancellationToken)
    {
        for (var position = 0; !discarding.IsCompleted; position = (position + FlushOctets) % Period)
            await connection.WriteAsync(Text, position, FlushOctets, cancellationToken);
        connection.CompleteWrites();
    }

    /// <summary>Ends when the peer has closed its side: it wants no more.</summary>
    private static async Task DiscardAsync(UserTcpConnection connection, CancellationToken cancellationToken)
    {
        var input = connection.Transport.Input;
        while (true)
        {
            var read = await input.ReadAsync(cancellationToken);
            input.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
                return;
        }
    }

    /// <summary>Lines of which each starts one character further on: as many as to find a whole flush from any of them.</summary>
    private static byte[] MakeText()
    {
        var text = new byte[Period + FlushOctets];
        for (var position = 0; position < text.Length; position++)
        {
            var (line, column) = Math.DivRem(position, Columns + 2);
            text[position] = column switch
            {
                Columns => (byte)'\r',
                Columns + 1 => (byte)'\n',
                _ => (byte)(FirstPrintable + ((line + column) % Printables)),
            };
        }

        return text;
    }
}
