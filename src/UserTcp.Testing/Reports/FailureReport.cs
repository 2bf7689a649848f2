using System.Globalization;
using System.Text;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Testing.Reports;

/// <summary>A failed test in words: what one needs to see why, and to run it again.</summary>
internal static class FailureReport
{
    /// <summary>Strikes that are listed.</summary>
    private const int MaxStrikes = 40;

    /// <summary>Reasons of drops that are listed.</summary>
    private const int MaxReasons = 8;

    /// <summary>Connections whose ladder is shown.</summary>
    private const int MaxLadders = 2;

    /// <summary>Lines of a ladder.</summary>
    private const int MaxRungs = 60;

    /// <summary>The report.</summary>
    public static string Write(
        VirtualNetwork network, VirtualNetworkOptions options, Exception error, IReadOnlyList<string> findings,
        string? capture)
    {
        var text = new StringBuilder(Describe(error));
        text.AppendLine().AppendLine();
        AppendRun(text, network, options, findings);
        AppendFaults(text, network);
        AppendDrops(text, network);
        AppendLadders(text, network);
        if (capture is not null)
            text.AppendLine().Append("Packets: ").AppendLine(capture);
        return text.ToString().TrimEnd();
    }

    /// <summary>The error, and its causes that say something new.</summary>
    private static string Describe(Exception error)
    {
        if (error is VirtualNetworkException)
            return error.Message;
        var text = $"{error.GetType().Name}: {error.Message}";
        for (var cause = error.InnerException; cause is not null; cause = cause.InnerException)
        {
            if (!text.Contains(cause.Message, StringComparison.Ordinal))
                text += $"\n  caused by {cause.GetType().Name}: {cause.Message}";
        }

        return text;
    }

    private static void AppendRun(
        StringBuilder text, VirtualNetwork network, VirtualNetworkOptions options, IReadOnlyList<string> findings)
    {
        text.Append("Run it again: ").AppendLine(options.Rerun?.Invoke(options) ?? InCSharp(options))
            .AppendLine(
                CultureInfo.InvariantCulture,
                $"Virtual time: {(network.TestElapsed ?? network.Elapsed).TotalSeconds:F6} s. Level: "
                + $"{Level(options, findings)}.");
        foreach (var finding in findings.Where(finding => !text.ToString().Contains(finding, StringComparison.Ordinal)))
            text.Append("  ").AppendLine(finding);
    }

    private static string InCSharp(VirtualNetworkOptions options)
    {
        var order = options.Order == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", Order = {options.Order}");
        var faults = options.OnlyFaults is { } only ? $", OnlyFaults = VirtualFaultList.Parse(\"{only}\")" : "";
        return string.Create(
            CultureInfo.InvariantCulture, $"new VirtualNetworkOptions {{ Seed = {options.Seed}{order}{faults} }}");
    }

    private static string Level(VirtualNetworkOptions options, IReadOnlyList<string> findings) => options.Level switch
    {
        VirtualLevel.Fates => "fates of packets (asked for)",
        _ when findings.Count > 0 => "fates of packets only, since the test was not exact",
        _ when !options.DetectForeignThreads || !options.DetectRealTimers =>
            "exact, if the detectors that are off would find nothing",
        _ => "exact",
    };

    private static void AppendFaults(StringBuilder text, VirtualNetwork network)
    {
        text.AppendLine(network.Strikes.Count == 0 ? "No fault has struck." : "Faults that struck:");
        foreach (var strike in network.Strikes.Take(MaxStrikes))
            text.AppendLine(strike.ToString());
        if (network.Strikes.Count > MaxStrikes)
            text.AppendLine(CultureInfo.InvariantCulture, $"  and {network.Strikes.Count - MaxStrikes} more");
        foreach (var fault in network.Faults.Where(fault => fault.Strikes.Count == 0))
        {
            text.Append("  never: ").AppendLine(fault.ToString());
            // It may be the error of the report itself.
            if (network.FindUnknownHost(fault)?.Message is { } unknown
                && !text.ToString().StartsWith(unknown, StringComparison.Ordinal))
            {
                text.Append("    ").AppendLine(unknown);
            }
        }
    }

    /// <summary>The first drop for each reason.</summary>
    private static void AppendDrops(StringBuilder text, VirtualNetwork network)
    {
        var reasons = network.Drops.GroupBy(drop => drop.Reason).Take(MaxReasons).ToArray();
        if (reasons.Length > 0)
            text.AppendLine("Packets that were dropped for another reason:");
        foreach (var drops in reasons)
        {
            text.Append(drops.First());
            if (drops.Count() > 1)
                text.Append(CultureInfo.InvariantCulture, $"; {drops.Count() - 1} more");
            text.AppendLine();
        }
    }

    private static void AppendLadders(StringBuilder text, VirtualNetwork network)
    {
        var connections = network.Hosts
            .SelectMany(host => host.Ladder.Conversations.Select(tuple => (Host: host, Tuple: tuple)))
            .Where(connection => IsClient(connection.Host, connection.Tuple))
            .OrderByDescending(connection => Trouble(connection.Host.Ladder.Segments(connection.Tuple)))
            .Take(MaxLadders);
        foreach (var (host, tuple) in connections)
            AppendLadder(text, host, tuple);
    }

    /// <summary>One end of each connection is enough: the one that has opened it.</summary>
    private static bool IsClient(VirtualHost host, FourTuple tuple) =>
        host.Ladder.Segments(tuple) is [{ Reason: SegmentReason.ActiveOpen }, ..];

    /// <summary>How much went wrong with a connection; later ones count more among equals.</summary>
    private static (int Problems, MonotonicTime Last) Trouble(IReadOnlyList<SegmentObservation> segments) => (
        segments.Count(segment => (segment.Header.Flags & TcpFlags.Rst) != 0 || IsRetransmission(segment.Reason)),
        segments[^1].Time);

    private static bool IsRetransmission(SegmentReason reason) => reason is SegmentReason.RetransmissionTimeout
        or SegmentReason.FastRetransmit or SegmentReason.PartialAck or SegmentReason.LostSegment
        or SegmentReason.TailLossProbe;

    private static void AppendLadder(StringBuilder text, VirtualHost host, FourTuple tuple)
    {
        using var writer = new StringWriter(CultureInfo.InvariantCulture);
        host.Ladder.Print(writer, tuple);
        var lines = writer.ToString().TrimEnd().Split('\n');
        text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"As {host.Name} saw it:");
        var first = lines.Length <= MaxRungs ? lines.Length : MaxRungs / 2;
        foreach (var line in lines.Take(first))
            text.AppendLine(line.TrimEnd());
        if (first == lines.Length)
            return;
        text.AppendLine(CultureInfo.InvariantCulture, $"  ... {lines.Length - MaxRungs} more ...");
        foreach (var line in lines.TakeLast(MaxRungs / 2))
            text.AppendLine(line.TrimEnd());
    }
}
