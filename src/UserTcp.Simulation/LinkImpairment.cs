using System.Diagnostics.CodeAnalysis;
using UserTcp.Simulation.Links;

namespace UserTcp.Simulation;

/// <summary>
/// What a link does to the packets that it carries in one direction. The same seed does the same to the same packet number.
/// It has a text form (<see cref="Parse"/>), which <c>--impair</c> takes: <c>loss=1%,delay=20ms,jitter=5ms,reorder=2%,dup=1%,seed=7</c>.
/// </summary>
public sealed record LinkImpairment
{
    /// <summary>A link that does no harm.</summary>
    public static readonly LinkImpairment None = new();

    /// <summary>The probability, 0 to 1, that a packet is lost.</summary>
    public double Loss { get; init => field = Probability(value, nameof(Loss)); }

    /// <summary>The probability, 0 to 1, that a packet starts a burst in which all packets are lost (the model of Gilbert and Elliott).</summary>
    public double Burst { get; init => field = Probability(value, nameof(Burst)); }

    /// <summary>Packets in a burst on average, at least 1.</summary>
    public double BurstLength { get; init => field = AtLeast(value, 1, nameof(BurstLength)); } = 8;

    /// <summary>The probability, 0 to 1, that a packet arrives twice.</summary>
    public double Duplicate { get; init => field = Probability(value, nameof(Duplicate)); }

    /// <summary>The probability, 0 to 1, that a packet is held back, so that later ones overtake it.</summary>
    public double Reorder { get; init => field = Probability(value, nameof(Reorder)); }

    /// <summary>For how long a packet is held back at most.</summary>
    public TimeSpan ReorderDelay { get; init => field = NotNegative(value, nameof(ReorderDelay)); } = TimeSpan.FromMilliseconds(20);

    /// <summary>
    /// The probability, 0 to 1, that 1 to 16 bits of a packet are inverted. What no checksum could show is lost instead.
    /// </summary>
    public double Corrupt { get; init => field = Probability(value, nameof(Corrupt)); }

    /// <summary>The probability, 0 to 1, that a packet arrives once more when it is old.</summary>
    public double Replay { get; init => field = Probability(value, nameof(Replay)); }

    /// <summary>How old a replayed packet is at most.</summary>
    public TimeSpan ReplayAge { get; init => field = NotNegative(value, nameof(ReplayAge)); } = TimeSpan.FromMinutes(4);

    /// <summary>The time that every packet takes.</summary>
    public TimeSpan Delay { get; init => field = NotNegative(value, nameof(Delay)); }

    /// <summary>What a packet may take longer; it does not change the order of packets.</summary>
    public TimeSpan Jitter { get; init => field = NotNegative(value, nameof(Jitter)); }

    /// <summary>Bits per second; null does not limit it.</summary>
    public long? Rate { get; init => field = value is null ? null : (long)AtLeast(value.Value, 1, nameof(Rate)); }

    /// <summary>
    /// Packets that may wait for their turn when there is a <see cref="Rate"/>, or be on their way when there is none; further ones are lost.
    /// </summary>
    public int Queue { get; init => field = (int)AtLeast(value, 1, nameof(Queue)); } = 1000;

    /// <summary>
    /// Packets that wait for their turn (<see cref="Rate"/>) from which on a further one that may be is marked instead of passed as it
    /// is: ECT becomes CE (RFC 3168 section 5). Null marks none.
    /// </summary>
    public int? Ecn { get; init => field = value is null ? null : (int)AtLeast(value.Value, 1, nameof(Ecn)); }

    /// <summary>Octets of the largest packet that gets through; larger ones vanish. Null lets all through.</summary>
    public int? Mtu { get; init => field = value is null ? null : (int)AtLeast(value.Value, 68, nameof(Mtu)); }

    /// <summary>What all decisions depend on.</summary>
    public ulong Seed { get; init; }

    /// <summary>The impairment that a text such as <c>loss=1%,delay=20ms,rate=50mbit</c> describes. An empty text is <see cref="None"/>.</summary>
    /// <exception cref="FormatException">The text is not one; the message says what is wrong with it, and what would be right.</exception>
    public static LinkImpairment Parse(string text) =>
        TryParse(text, out var impairment, out var problem) ? impairment : throw new FormatException(problem);

    /// <summary>As <see cref="Parse"/>, with the problem in words instead of an exception.</summary>
    public static bool TryParse(
        string text, [NotNullWhen(true)] out LinkImpairment? impairment, [NotNullWhen(false)] out string? problem)
    {
        ArgumentNullException.ThrowIfNull(text);
        return ImpairmentText.TryParse(text, out impairment, out problem);
    }

    /// <summary>The text form, with what differs from <see cref="None"/>.</summary>
    public override string ToString() => ImpairmentText.Format(this);

    private static double Probability(double value, string name) =>
        value is >= 0 and <= 1 ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} is a probability from 0 to 1.");

    private static double AtLeast(double value, double min, string name) =>
        value >= min ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} is at least {min}.");

    private static TimeSpan NotNegative(TimeSpan value, string name) =>
        value >= TimeSpan.Zero ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} is not negative.");
}
