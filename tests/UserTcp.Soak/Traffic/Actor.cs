namespace UserTcp.Soak.Traffic;

/// <summary>One kind of traffic: loops that run turns until the load stops. A turn that throws is a finding.</summary>
/// <param name="Name">Its name in findings.</param>
/// <param name="PerSecond">Turns a second of each loop at full rate.</param>
/// <param name="Loops">Concurrent loops.</param>
internal abstract record Actor(string Name, double PerSecond, int Loops)
{
    /// <summary>Longer than any turn, also on a busy machine.</summary>
    protected static readonly TimeSpan Deadline = TimeSpan.FromSeconds(120);

    /// <summary>Runs until <paramref name="stop"/>, and then completes the current turns.</summary>
    public Task RunAsync(Pace pace, Findings findings, Random seeds, CancellationToken stop)
    {
        var loops = Enumerable.Range(0, Loops).Select(_ => new Random(seeds.Next())).ToArray();
        return Task.WhenAll(
            loops.Select(random => Task.Run(() => LoopAsync(pace, findings, random, stop), CancellationToken.None)));
    }

    protected abstract Task TurnAsync(Random random);

    protected static ulong DrawSeed(Random random) => (ulong)random.NextInt64();

    /// <summary>Releases what turns keep, when the load stops.</summary>
    protected virtual Task StopAsync(Random random) => Task.CompletedTask;

    private async Task LoopAsync(Pace pace, Findings findings, Random random, CancellationToken stop)
    {
        while (await pace.NextAsync(PerSecond, random, stop))
        {
            try
            {
                await TurnAsync(random);
                findings.Count($"{Name}: turns");
            }
            catch (Exception exception) when (exception is not OutOfMemoryException)
            {
                findings.Add(Name, Findings.Describe(exception));
            }
        }

        await StopAsync(random);
    }
}

/// <summary>An exception with its connection and error in the message.</summary>
internal sealed class TrafficException(string message, Exception? inner = null) : Exception(message, inner);
