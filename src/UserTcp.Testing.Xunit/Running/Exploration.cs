using System.Globalization;
using System.Text;

namespace UserTcp.Testing.Xunit.Running;

/// <summary>Takes the runs of a plan, one after the other, until one fails.</summary>
/// <param name="plan">The plan.</param>
/// <param name="test">The test.</param>
/// <param name="isSkip">True for an exception that skips the test.</param>
internal sealed class Exploration(RunPlan plan, Func<VirtualNetwork, Task> test, Func<Exception, bool> isSkip)
{
    private long Total => (long)plan.Seeds * plan.Orders;

    /// <summary>Returns the failure; null when all runs have passed.</summary>
    public async Task<RunFailure?> RunAsync(CancellationToken cancellationToken)
    {
        var search = await VirtualExploration
            .RunSeedsAsync(test, plan.Options, plan.Seeds, plan.Orders, plan.Twice, cancellationToken)
            .ConfigureAwait(false);
        if (search.Failure is not { Error: { } error } failure)
            return null;
        return isSkip(error)
            ? new RunFailure(error, Capture: null)
            : await ExplainAsync(failure, search.Runs, cancellationToken).ConfigureAwait(false);
    }

    private async Task<RunFailure> ExplainAsync(
        VirtualResult failure, long runs, CancellationToken cancellationToken)
    {
        var fewest = plan.Shrink && failure.Strikes.Count > 0
            ? await VirtualExploration.ShrinkAsync(test, failure, cancellationToken).ConfigureAwait(false)
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
                $"Seed {failure.Options.Seed} failed, in run {runs} of at most {Total}. ");
        }

        if (fewest != failure)
            report.Append(DescribeShrinking(failure.Strikes.Count, fewest.Strikes.Count));
        return new RunFailure(
            new VirtualNetworkException(KindOf(fewest), report.ToString().TrimEnd(), fewest.Error), failure.Capture);
    }

    private static VirtualFailureKind KindOf(VirtualResult failure) =>
        failure.Error is VirtualNetworkException known ? known.Kind : VirtualFailureKind.TestThrew;

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
