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

    private VirtualVerdict(
        VerdictKind kind, TimeSpan time = default, string? host = null, TimeSpan? downTime = null) =>
        (Kind, Time, Host, DownTime) = (kind, time, host, downTime);

    internal VerdictKind Kind { get; }

    internal TimeSpan Time { get; }

    internal string? Host { get; }

    /// <summary>How long the host is down; null for until the test restarts it.</summary>
    internal TimeSpan? DownTime { get; }

    /// <summary>The packet leaves so much later; those behind it do not wait.</summary>
    public static VirtualVerdict Delay(TimeSpan time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(time, TimeSpan.Zero);
        return new VirtualVerdict(VerdictKind.Delay, time);
    }

    /// <summary>
    /// The host crashes (<see cref="VirtualHost.Crash"/>) before the packet is sent, and the packet is lost.
    /// </summary>
    /// <param name="host">The host's name.</param>
    /// <param name="downTime">
    /// How long the host is down before it starts again (<see cref="VirtualHost.RestartAsync"/>); null for until the
    /// test restarts it.
    /// </param>
    public static VirtualVerdict Crash(string host, TimeSpan? downTime = null) =>
        Stop(VerdictKind.Crash, host, downTime);

    /// <summary>
    /// The packet is sent, and then the host's application is killed (<see cref="VirtualHost.KillAsync"/>).
    /// </summary>
    /// <param name="host">The host's name.</param>
    /// <param name="downTime">
    /// How long it takes until the application starts again (<see cref="VirtualHost.RestartAsync"/>); null for until
    /// the test restarts it.
    /// </param>
    public static VirtualVerdict Kill(string host, TimeSpan? downTime = null) =>
        Stop(VerdictKind.Kill, host, downTime);

    private static VirtualVerdict Stop(VerdictKind kind, string host, TimeSpan? downTime)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(host);
        ArgumentOutOfRangeException.ThrowIfLessThan(downTime ?? TimeSpan.Zero, TimeSpan.Zero, nameof(downTime));
        return new VirtualVerdict(kind, host: host, downTime: downTime);
    }
}
