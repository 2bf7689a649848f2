namespace UserTcp.Testing.Exploring;

/// <summary>
/// Finds few faults with which a test still fails in the same way. Delta debugging (Zeller and Hildebrandt, 2002): it
/// leaves out halves, quarters and so on, down to single ones.
/// </summary>
/// <param name="test">The test.</param>
/// <param name="failure">The run to begin with.</param>
/// <param name="cancellationToken">Ends the search.</param>
internal sealed class FaultShrinker(
    Func<VirtualNetwork, Task> test, VirtualResult failure, CancellationToken cancellationToken)
{
    /// <summary>Max runs of the test.</summary>
    private const int MaxRuns = 1000;

    private readonly VirtualNetworkOptions _options = failure.Options;
    private readonly (VirtualFailureKind, Type?) _kind = KindOf(failure.Error!);
    private VirtualResult _best = failure;
    private int _runs;

    /// <summary>The run with the fewest faults.</summary>
    public async Task<VirtualResult> RunAsync()
    {
        for (var before = int.MaxValue; _best.Struck.Count < before;)
        {
            before = _best.Struck.Count;
            await ReduceAsync().ConfigureAwait(false);
        }

        return _best;
    }

    private async Task ReduceAsync()
    {
        for (var chunk = _best.Struck.Count; chunk > 0; chunk /= 2)
        {
            for (var at = 0; at < _best.Struck.Count;)
            {
                if (!await TryAsync(_best.Struck.Without(at, chunk)).ConfigureAwait(false))
                    at += chunk;
            }
        }
    }

    /// <summary>Runs with these faults alone. True when the test still fails in the same way.</summary>
    private async Task<bool> TryAsync(VirtualFaultList faults)
    {
        if (_runs++ >= MaxRuns)
            return false;
        var result = await VirtualNetwork
            .TryRunAsync(test, _options with { OnlyFaults = faults, IsTrial = true }, cancellationToken)
            .ConfigureAwait(false);
        if (result.Error is null || KindOf(result.Error) != _kind || result.Struck.Count >= _best.Struck.Count)
            return false;
        _best = result;
        return true;
    }

    /// <summary>What a network's own error is about, and the type of the exception that user code threw.</summary>
    private static (VirtualFailureKind, Type?) KindOf(Exception error) => error is VirtualNetworkException known
        ? (known.Kind, known.InnerException?.GetType())
        : (VirtualFailureKind.TestThrew, error.GetType());
}
