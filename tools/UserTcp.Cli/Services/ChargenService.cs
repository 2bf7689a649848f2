namespace UserTcp.Cli.Services;

/// <summary>Sends lines of 72 characters until the peer has enough (RFC 864). What the peer sends is thrown away.</summary>
internal static class ChargenService
{
    private const int Columns = 72;
    private const int FirstPrintable = ' ';
    private const int Printables = '~' - FirstPrintable + 1;
    private const int Period = Printables * (Columns + 2);
    private const int FlushOctets = 64 * 1024;

    private static readonly byte[] Text = MakeText();

    public static async Task HandleAsync(UserTcpConnection connection, CancellationToken cancellationToken)
    {
        var discarding = DiscardAsync(connection, cancellationToken);
        var output = connection.Transport.Output;
        var position = 0;
        while (!discarding.IsCompleted)
        {
            // The one copy there is: from the text into the block that it is sent from.
            Text.AsSpan(position, FlushOctets).CopyTo(output.GetSpan(FlushOctets));
            output.Advance(FlushOctets);
            position = (position + FlushOctets) % Period;
            if ((await output.FlushAsync(cancellationToken)).IsCompleted)
                break;
        }

        await output.CompleteAsync();
        await discarding;
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
