using System.Text;

namespace UserTcp.Cli.Lab.Traffic;

/// <summary>What both ends of a connection do, for each kind of traffic.</summary>
internal sealed class TrafficScript(TrafficPair pair)
{
    private const int ChunkLength = 64 << 10;
    private const int Messages = 20;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <summary>Bytes that a slow reader takes in each <see cref="Pause"/>: 64 KiB a second.</summary>
    private const int SlowLength = 13_107;

    /// <summary>Runs it to the end of the connection.</summary>
    public Task RunAsync(TrafficKind kind, long bytes, CancellationToken cancellationToken) => kind switch
    {
        TrafficKind.Upload => TransferAsync(pair.Opener, pair.Acceptor, bytes, isSlow: false, cancellationToken),
        TrafficKind.SlowReader => TransferAsync(pair.Acceptor, pair.Opener, bytes, isSlow: true, cancellationToken),
        TrafficKind.Chat => ChatAsync(cancellationToken),
        TrafficKind.SimultaneousClose => CloseTogetherAsync(cancellationToken),
        _ => TransferAsync(pair.Acceptor, pair.Opener, bytes, isSlow: false, cancellationToken),
    };

    /// <summary>Data one way. Its sender closes first, as a server of HTTP/1.0 does.</summary>
    private async Task TransferAsync(
        TrafficEnd from, TrafficEnd to, long bytes, bool isSlow, CancellationToken cancellationToken)
    {
        var reading = ReadToEndAsync(to, isSlow, cancellationToken);
        await SendAsync(from, bytes, cancellationToken);
        from.CloseWrites();
        await reading;
        to.CloseWrites();
        await ReadToEndAsync(from, isSlow: false, cancellationToken);
    }

    private async Task ChatAsync(CancellationToken cancellationToken)
    {
        var buffer = new byte[64];
        for (var i = 1; i <= Messages; i++)
        {
            var (from, to) = i % 2 == 1 ? (pair.Opener, pair.Acceptor) : (pair.Acceptor, pair.Opener);
            var message = Encoding.ASCII.GetBytes($"message {i}\n");
            await from.Stream.WriteAsync(message, cancellationToken);
            await pair.Gate.PassAsync(cancellationToken);
            await to.Stream.ReadExactlyAsync(buffer.AsMemory(0, message.Length), cancellationToken);
            await Task.Delay(Pause, cancellationToken);
        }

        pair.Opener.CloseWrites();
        await ReadToEndAsync(pair.Acceptor, isSlow: false, cancellationToken);
        pair.Acceptor.CloseWrites();
        await ReadToEndAsync(pair.Opener, isSlow: false, cancellationToken);
    }

    private async Task CloseTogetherAsync(CancellationToken cancellationToken)
    {
        await pair.Opener.Stream.WriteAsync("one"u8.ToArray(), cancellationToken);
        await pair.Acceptor.Stream.WriteAsync("two"u8.ToArray(), cancellationToken);
        await pair.Opener.Stream.ReadExactlyAsync(new byte[3], cancellationToken);
        await pair.Acceptor.Stream.ReadExactlyAsync(new byte[3], cancellationToken);
        await Task.Delay(Pause, cancellationToken);
        Parallel.Invoke(pair.Opener.CloseWrites, pair.Acceptor.CloseWrites);
        await ReadToEndAsync(pair.Opener, isSlow: false, cancellationToken);
        await ReadToEndAsync(pair.Acceptor, isSlow: false, cancellationToken);
    }

    private static async Task SendAsync(TrafficEnd end, long bytes, CancellationToken cancellationToken)
    {
        var chunk = new byte[ChunkLength];
        for (var left = bytes; left > 0; left -= chunk.Length)
            await end.Stream.WriteAsync(chunk.AsMemory(0, (int)Math.Min(left, chunk.Length)), cancellationToken);
    }

    private async Task ReadToEndAsync(TrafficEnd end, bool isSlow, CancellationToken cancellationToken)
    {
        var chunk = new byte[isSlow ? SlowLength : ChunkLength];
        do
        {
            await pair.Gate.PassAsync(cancellationToken);
            if (isSlow)
                await Task.Delay(Pause, cancellationToken);
        }
        while (await end.Stream.ReadAsync(chunk, cancellationToken) > 0);
    }
}
