using System.Globalization;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Capture.Explaining;

/// <summary>Numbers of a connection as people read them.</summary>
internal static class Numbers
{
    /// <summary>
    /// A sequence number relative to the initial one. Without that it is absolute, and a "#" in front of it says so.
    /// </summary>
    public static string Relative(SeqNum number, SeqNum? initial) => initial is { } isn
        ? unchecked(number.Value - isn.Value).ToString(CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"#{number.Value}");

    /// <summary>The sequence numbers [from, end), as "1001-2001".</summary>
    public static string Range(SeqNum from, SeqNum end, SeqNum? initial) =>
        $"{Relative(from, initial)}-{Relative(end, initial)}";

    /// <summary>SACK blocks, as "1001-2001, 3001-4001".</summary>
    public static string Blocks(in SackBlocks blocks, SeqNum? initial, int first = 0)
    {
        var list = new List<string>();
        for (var i = first; i < blocks.Count; i++)
            list.Add(Range(blocks[i].Left, blocks[i].Right, initial));
        return string.Join(", ", list);
    }

    /// <summary>A time span with three digits or so: "38.2 ms", "1.204 s", "85 µs".</summary>
    public static string Span(TimeSpan span) => Math.Abs(span.TotalSeconds) switch
    {
        >= 1 => string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.###} s"),
        >= 0.001 => string.Create(CultureInfo.InvariantCulture, $"{span.TotalMilliseconds:0.#} ms"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{span.TotalMicroseconds:0} µs"),
    };

    /// <summary>A rate in bits per second.</summary>
    public static string Rate(double bits) => bits switch
    {
        >= 1e9 => string.Create(CultureInfo.InvariantCulture, $"{bits / 1e9:0.##} Gbit/s"),
        >= 1e6 => string.Create(CultureInfo.InvariantCulture, $"{bits / 1e6:0.##} Mbit/s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bits / 1e3:0.##} kbit/s"),
    };

    /// <summary>"byte" or "bytes".</summary>
    public static string Unit(long bytes) => bytes == 1 ? "byte" : "bytes";

    /// <summary>The parts of RTO (RFC 6298), as "RTO 1.2 s (SRTT 40 ms, RTTVAR 10 ms, backoff 3)".</summary>
    public static string Rto(in ConnectionVitals vitals)
    {
        var parts = vitals.Srtt == TimeSpan.Zero
            ? "SRTT -"
            : $"SRTT {Span(vitals.Srtt)}, RTTVAR {Span(vitals.RttVar)}";
        var backoff = vitals.Backoff == 0
            ? ""
            : string.Create(CultureInfo.InvariantCulture, $", backoff {vitals.Backoff}");
        return $"RTO {Span(vitals.Rto)} ({parts}{backoff})";
    }
}
