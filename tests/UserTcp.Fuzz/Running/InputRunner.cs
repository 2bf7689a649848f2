using System.Diagnostics;

namespace UserTcp.Fuzz.Running;

/// <summary>Runs inputs of one target and keeps their findings.</summary>
/// <param name="target">The target.</param>
/// <param name="jobs">Threads that run inputs at the same time.</param>
internal sealed class InputRunner(FuzzTarget target, int jobs = 1)
{
    /// <summary>The max CPU time of an input.</summary>
    public static readonly TimeSpan MaxTime = TimeSpan.FromMilliseconds(100);

    private const int MaxFailures = 100;
    private const int Trials = 10;

    public FuzzTarget Target => target;

    public Features Features { get; } = new();

    public List<Failure> Failures { get; } = [];

    public long Inputs { get; private set; }

    public long Steps { get; private set; }

    public long Faults { get; private set; }

    /// <summary>Runs the input with a number.</summary>
    public void Run(ulong number)
    {
        var input = target.Make(number);
        Inputs++;
        if (Find(input) is not { } exception)
            return;
        Faults++;
        if (Failures.Count < MaxFailures)
            Failures.Add(new Failure(number, FindingException.KindOf(exception), MessageOf(exception), input));
    }

    /// <summary>Runs an input; returns its finding, or null.</summary>
    public Exception? Find(byte[] input)
    {
        try
        {
            var start = Stopwatch.GetTimestamp();
            Steps += target.Run(input, Features);
            if (Stopwatch.GetElapsedTime(start) > MaxTime)
                RequireQuick(input);
            return null;
        }
        catch (Exception exception)
        {
            return exception;
        }
    }

    private static string MessageOf(Exception exception) =>
        exception is FindingException ? exception.Message : exception.ToString();

    /// <summary>
    /// An input that is slow on every run is a finding. One slow run may be due to the JIT or the machine. CPU time
    /// counts, since other processes share the machine.
    /// </summary>
    private void RequireQuick(byte[] input)
    {
        var best = TimeSpan.MaxValue;
        for (var trial = 0; trial < Trials && best > MaxTime; trial++)
        {
            var start = Environment.CpuUsage.TotalTime;
            target.Run(input, new Features());
            var used = (Environment.CpuUsage.TotalTime - start) / jobs;
            best = used < best ? used : best;
        }

        FindingException.Require(best <= MaxTime, "slow", $"{best.TotalMilliseconds:0} ms at best.");
    }

    /// <summary>An input with a finding.</summary>
    internal sealed record Failure(ulong Number, string Kind, string Message, byte[] Input);
}
