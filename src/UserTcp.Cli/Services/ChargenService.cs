using UserTcp.Engine.Contract;

namespace UserTcp.Cli.Services;

/// <summary>
/// Sends lines of 72 characters until the peer has enough (RFC 864). It discards data of the peer. Minimum progress
/// (<see cref="EngineOptions.MinProgressInterval"/>) ends a peer that does not read.
/// </summary>
internal static class ChargenService
{
    private const int Columns = 72;
    private const int FirstPrintable = ' ';
    private const int Printables = '~' - FirstPrintable + 1;
    private const int Period = Printables * (Columns + 2);
    private const int FlushOctets = 64 * 1024;

    private static readonly UserTcpPinnedData Pattern = new(MakePattern());

    public static Task HandleAsync(ServedConnection served, CancellationToken cancellationToken)
    {
        var connection = served.Connection;
        // Ends when the peer has closed its side: it wants no more.
        var discarding = connection.Transport.Input.DiscardAsync(cancellationToken);
        return Task.WhenAll(discarding, GenerateAsync(connection, discarding, cancellationToken));
    }

    private static async Task GenerateAsync(
        UserTcpConnection connection, Task discarding, CancellationToken cancellationToken)
    {
        for (var position = 0; !discarding.IsCompleted; position = (position + FlushOctets) % Period)
            await connection.WriteAsync(Pattern, position, FlushOctets, cancellationToken);
        connection.CompleteWrites();
    }

    /// <summary>
    /// Lines of which each starts one character further on: as many as to find a whole flush from any of them.
    /// </summary>
    private static byte[] MakePattern()
    {
        var pattern = new byte[Period + FlushOctets];
        for (var position = 0; position < pattern.Length; position++)
        {
            var (line, column) = Math.DivRem(position, Columns + 2);
            pattern[position] = column switch
            {
                Columns => (byte)'\r',
                Columns + 1 => (byte)'\n',
                _ => (byte)(FirstPrintable + ((line + column) % Printables)),
            };
        }

        return pattern;
    }
}
