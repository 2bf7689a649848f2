namespace UserTcp.Soak.Traffic;

/// <summary>One kind of traffic: loops that take turns until the load stops. A turn that throws is a finding.</summary>
/// <param name="Name">What it is called in findings.</param>
/// <param name="PerSecond">Turns a second of each loop at full rate.</param>
/// <param name="Loops">Loops at once.</param>
internal abstract record Actor(string Name, double PerSecond, int Loops)
{
    /// <summary>Longer than any turn takes when all goes well, also where many share the machine.</summary>
    protected static readonly TimeSpan Deadline = TimeSpan.FromSeconds(120);

    /// <summary>Runs until <paramref name="stop"/>, and then brings the turns that run to their ends.</summary>
    public Task RunAsync(Pace pace, Findings findings, Random seeds, CancellationToken stop)
    {
        var loops = Enumerable.Range(0, Loops).Select(_ => new Random(seeds.Next())).ToArray();
        return Task.WhenAll(loops.Select(random => Task.Run(() => LoopAsync(pace, findings, random, stop), CancellationToken.None)));
    }

    protected abstract Task TurnAsync(Random random);

    protected static ulong DrawSeed(Random random) => (ulong)random.NextInt64();

    /// <summary>What a turn keeps for the next is gone when the load stops.</summary>
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

/// <summary>A connection and what is wrong with it, for an exception that says neither.</summary>
internal sealed class TrafficException(string message, Exception? inner = null) : Exception(message, inner);
