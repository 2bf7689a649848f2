using UserTcp.Testing.Faults;

namespace UserTcp.Testing;

/// <summary>What a fault does to a packet.</summary>
public readonly record struct VirtualVerdict
{
    /// <summary>Nothing.</summary>
    public static readonly VirtualVerdict Pass;

    /// <summary>The packet is lost.</summary>
    public static readonly VirtualVerdict Drop = new(VerdictKind.Drop);

    /// <summary>The packet arrives twice.</summary>
    public static readonly VirtualVerdict Duplicate = new(VerdictKind.Duplicate);

    /// <summary>One bit of the packet is inverted, so that its checksum is wrong.</summary>
    public static readonly VirtualVerdict Corrupt = new(VerdictKind.Corrupt);

    /// <summary>The packet waits until <see cref="VirtualFault.Release"/>.</summary>
    public static readonly VirtualVerdict Hold = new(VerdictKind.Hold);

    private VirtualVerdict(VerdictKind kind, TimeSpan time = default, string? host = null) =>
        (Kind, Time, Host) = (kind, time, host);

    internal VerdictKind Kind { get; }

    internal TimeSpan Time { get; }

    internal string? Host { get; }

    /// <summary>The packet leaves so much later; those behind it do not wait.</summary>
    public static VirtualVerdict Delay(TimeSpan time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(time, TimeSpan.Zero);
        return new VirtualVerdict(VerdictKind.Delay, time);
    }

    /// <summary>
    /// The host crashes (<see cref="VirtualHost.Crash"/>) before the packet is sent, and the packet is lost.
    /// </summary>
    public static VirtualVerdict Crash(string host)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(host);
        return new VirtualVerdict(VerdictKind.Crash, host: host);
    }
}
