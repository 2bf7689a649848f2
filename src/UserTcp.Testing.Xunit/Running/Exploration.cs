using System.Globalization;
using System.Text;

namespace UserTcp.Testing.Xunit.Running;

/// <summary>Takes the runs of a plan, one after the other, until one fails.</summary>
/// <param name="plan">The plan.</param>
/// <param name="test">The test.</param>
/// <param name="isSkip">True for an exception that skips the test.</param>
internal sealed class Exploration(RunPlan plan, Func<VirtualNetwork, Task> test, Func<Exception, bool> isSkip)
{
    private long _runs;

    private long Total => (long)plan.Seeds * plan.Orders;

    /// <summary>Returns the failure; null when all runs have passed.</summary>
    public async Task<RunFailure?> RunAsync(CancellationToken cancellationToken)
    {
        for (; _runs < Total; _runs++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var result = await RunAsync(OptionsOf(_runs)).ConfigureAwait(false);
            if (result.Error is { } error)
            {
                return isSkip(error)
                    ? new RunFailure(error, Capture: null)
                    : await ExplainAsync(result).ConfigureAwait(false);
            }
        }

        return null;
    }

    private Task<VirtualResult> RunAsync(VirtualNetworkOptions options) => plan.Twice
        ? VirtualExploration.RunTwiceAsync(test, options)
        : VirtualNetwork.TryRunAsync(test, options);

    private VirtualNetworkOptions OptionsOf(long run) => plan.Options with
    {
        Seed = plan.Options.Seed + (ulong)(run / plan.Orders),
        Order = plan.Options.Order + (ulong)(run % plan.Orders),
    };

    private async Task<RunFailure> ExplainAsync(VirtualResult failure)
    {
        var fewest = plan.Shrink && failure.Strikes.Count > 0
            ? await VirtualExploration.ShrinkAsync(test, failure).ConfigureAwait(false)
            : failure;
        var report = new StringBuilder(fewest.Report);
        if (fewest != failure && failure.Capture is { } capture)
            report.AppendLine().AppendLine().Append("Packets: ").Append(capture);
        if (fewest != failure || Total > 1)
            report.AppendLine().AppendLine();
        if (Total > 1)
        {
            report.Append(
                CultureInfo.InvariantCulture,
                $"Seed {failure.Options.Seed} failed, in run {_runs + 1} of at most {Total}. ");
        }

        if (fewest != failure)
            report.Append(DescribeShrinking(failure.Strikes.Count, fewest.Strikes.Count));
        return new RunFailure(
            new VirtualNetworkException(report.ToString().TrimEnd(), fewest.Error), failure.Capture);
    }

    private static string DescribeShrinking(int before, int after) => string.Create(
        CultureInfo.InvariantCulture,
        $"The run had {before} {(before == 1 ? "fault" : "faults")}; this report is of a run of the same seed with ")
        + after switch
        {
            0 => "none: the test fails without them.",
            1 => "one, with which the test still fails.",
            _ => string.Create(CultureInfo.InvariantCulture, $"the {after} with which the test still fails."),
        };
}
