namespace UserTcp.Wire;

/// <summary>
/// The value of the user timeout option (RFC 5482 section 3): a granularity bit and 15 bits of seconds or minutes.
/// </summary>
public static class UserTimeoutOption
{
    private const int MaxCount = 0x7FFF;
    private const int GranularityMinutes = 0x8000;

    /// <summary>The longest timeout the option can carry: 2^15 - 1 minutes.</summary>
    public static readonly TimeSpan MaxTimeout = TimeSpan.FromMinutes(MaxCount);

    /// <summary>
    /// The option's value for a timeout, rounded up: in seconds where they fit in 15 bits, else in minutes.
    /// </summary>
    public static ushort Encode(TimeSpan timeout)
    {
        var seconds = (long)Math.Ceiling(timeout.TotalSeconds);
        return (ushort)(seconds <= MaxCount
            ? Math.Max(seconds, 1)
            : GranularityMinutes | Math.Min((seconds + 59) / 60, MaxCount));
    }

    /// <summary>The timeout that a value stands for; null for zero, which the receiver ignores.</summary>
    public static TimeSpan? Decode(ushort value)
    {
        var count = value & MaxCount;
        return count == 0
            ? null
            : (value & GranularityMinutes) != 0 ? TimeSpan.FromMinutes(count)
            : TimeSpan.FromSeconds(count);
    }
}
