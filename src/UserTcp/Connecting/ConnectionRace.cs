using System.Net;
using System.Net.Sockets;

namespace UserTcp.Connecting;

/// <summary>
/// Happy Eyeballs (RFC 8305 section 5): connects to the addresses of a name one after the other, without waiting for
/// the end of an attempt that takes long. The first connection wins, and the other attempts are cancelled.
/// </summary>
/// <param name="connect">Connects to one address.</param>
/// <param name="time">The clock of the delays.</param>
internal sealed class ConnectionRace<T>(Func<IPEndPoint, CancellationToken, Task<T>> connect, TimeProvider time)
    where T : IAsyncDisposable
{
    /// <summary>Connection Attempt Delay (RFC 8305 section 8): after it the next attempt starts.</summary>
    public static readonly TimeSpan AttemptDelay = TimeSpan.FromMilliseconds(250);

    /// <summary>Max addresses that are tried: a name's owner decides how many it has.</summary>
    public const int MaxAttempts = 16;

    /// <summary>
    /// The first connection. When all attempts fail, the error of the last one that ended; any error but a
    /// <see cref="SocketException"/> ends the race.
    /// </summary>
    public async Task<T> RunAsync(IReadOnlyList<IPEndPoint> candidates, CancellationToken cancellationToken)
    {
        using var attempts = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = new List<Task<T>>();
        var count = Math.Min(candidates.Count, MaxAttempts);
        for (var next = 0; ;)
        {
            if (next < count)
                running.Add(connect(candidates[next++], attempts.Token));
            var ended = await NextToEndAsync(running, hasMore: next < count).ConfigureAwait(false);
            if (ended is null)
                continue;
            running.Remove(ended);
            if (ended.Exception?.InnerException is SocketException && (running.Count > 0 || next < count))
                continue;
            await attempts.CancelAsync().ConfigureAwait(false);
            foreach (var loser in running)
                _ = DisposeAsync(loser);
            if (ended.IsCanceled)
                cancellationToken.ThrowIfCancellationRequested();
            return await ended.ConfigureAwait(false);
        }
    }

    /// <summary>The attempt that ends first; null when it is time for another one before.</summary>
    private async Task<Task<T>?> NextToEndAsync(List<Task<T>> running, bool hasMore)
    {
        if (!hasMore)
            return await Task.WhenAny(running).ConfigureAwait(false);
        using var waiting = new CancellationTokenSource();
        var delay = Task.Delay(AttemptDelay, time, waiting.Token);
        var first = await Task.WhenAny([.. running, delay]).ConfigureAwait(false);
        await waiting.CancelAsync().ConfigureAwait(false);
        return first as Task<T>;
    }

    /// <summary>An attempt that the cancellation was too late for has a connection that nobody wants.</summary>
    private static async Task DisposeAsync(Task<T> loser)
    {
        await ((Task)loser).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (loser.IsCompletedSuccessfully)
            await loser.Result.DisposeAsync().ConfigureAwait(false);
    }
}
