using System.Diagnostics.CodeAnalysis;

namespace UserTcp.Impairment;

/// <summary>
/// What one direction of a link does to its packets. The same seed does the same to the n-th packet of a flow
/// (<see cref="ImpairedDevice"/>).
/// <c>--impair</c> reads it from a string (<see cref="Parse"/>):
/// <c>loss=1%,delay=20ms,jitter=5ms,reorder=2%,dup=1%,seed=7</c>. Triggers (<see cref="LinkTrigger"/>) stand in the
/// same string: <c>loss=1%,drop=fin:1,hold=data:3:200ms</c>.
/// </summary>
public sealed record LinkImpairment
{
    /// <summary>No impairment.</summary>
    public static readonly LinkImpairment None = new();

    /// <summary>The probability, 0 to 1, that a packet is lost.</summary>
    public double Loss { get; init => field = Probability(value, nameof(Loss)); }

    /// <summary>
    /// The probability, 0 to 1, that a packet starts a burst of losses (Gilbert model: a burst loses every packet).
    /// </summary>
    public double Burst { get; init => field = Probability(value, nameof(Burst)); }

    /// <summary>The mean length of a burst in packets, 1 or more.</summary>
    public double BurstLength { get; init => field = NotBelow(value, 1, nameof(BurstLength)); } = 8;

    /// <summary>The probability, 0 to 1, that a packet arrives twice.</summary>
    public double Duplicate { get; init => field = Probability(value, nameof(Duplicate)); }

    /// <summary>The probability, 0 to 1, that a packet is delayed so that later ones arrive first.</summary>
    public double Reorder { get; init => field = Probability(value, nameof(Reorder)); }

    /// <summary>The maximum delay of a reordered packet.</summary>
    public TimeSpan ReorderDelay { get; init => field = NotNegative(value, nameof(ReorderDelay)); } =
        TimeSpan.FromMilliseconds(20);

    /// <summary>
    /// The probability, 0 to 1, that 1 to 16 bits of a packet are inverted. A packet whose checksums do not detect it
    /// is lost instead.
    /// </summary>
    public double Corrupt { get; init => field = Probability(value, nameof(Corrupt)); }

    /// <summary>
    /// The probability, 0 to 1, that a packet arrives once more, up to <see cref="ReplayAge"/> later.
    /// </summary>
    public double Replay { get; init => field = Probability(value, nameof(Replay)); }

    /// <summary>The maximum delay of a replayed packet.</summary>
    public TimeSpan ReplayAge { get; init => field = NotNegative(value, nameof(ReplayAge)); } = TimeSpan.FromMinutes(4);

    /// <summary>The one-way delay of every packet.</summary>
    public TimeSpan Delay { get; init => field = NotNegative(value, nameof(Delay)); }

    /// <summary>
    /// The maximum delay beyond <see cref="Delay"/>, drawn for each packet. It does not reorder packets.
    /// </summary>
    public TimeSpan Jitter { get; init => field = NotNegative(value, nameof(Jitter)); }

    /// <summary>The rate in bits per second; null for no limit.</summary>
    public long? Rate { get; init => field = value is null ? null : (long)NotBelow(value.Value, 1, nameof(Rate)); }

    /// <summary>
    /// The queue limit in packets; further packets are dropped. It limits the queue before a <see cref="Rate"/>, or the
    /// packets in flight when there is no rate.
    /// </summary>
    public int Queue { get; init => field = (int)NotBelow(value, 1, nameof(Queue)); } = 1000;

    /// <summary>
    /// The queue length in packets from which on the link sets an ECN-capable packet to CE (RFC 3168 section 5); null
    /// for never. It needs a <see cref="Rate"/>.
    /// </summary>
    public int? Ecn { get; init => field = value is null ? null : (int)NotBelow(value.Value, 1, nameof(Ecn)); }

    /// <summary>Bytes of the largest packet that gets through; larger ones are lost. Null for no limit.</summary>
    public int? Mtu { get; init => field = value is null ? null : (int)NotBelow(value.Value, 68, nameof(Mtu)); }

    /// <summary>The seed of all random decisions.</summary>
    public ulong Seed { get; init; }

    /// <summary>
    /// Faults of packets by their number in a connection, beside those by chance. A packet that a trigger strikes has
    /// no fault by chance; delay, rate and queue are those of any packet.
    /// </summary>
    public LinkTriggers Triggers
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    } = LinkTriggers.None;

    /// <summary>
    /// Parses a string such as <c>loss=1%,delay=20ms,rate=50mbit</c>. An empty string is <see cref="None"/>.
    /// </summary>
    /// <exception cref="FormatException">The string is not valid; the message says why, and what is valid.</exception>
    public static LinkImpairment Parse(string text) =>
        TryParse(text, out var impairment, out var problem) ? impairment : throw new FormatException(problem);

    /// <summary>Parses like <see cref="Parse"/>, with a message instead of an exception.</summary>
    public static bool TryParse(
        string text, [NotNullWhen(true)] out LinkImpairment? impairment, [NotNullWhen(false)] out string? problem)
    {
        ArgumentNullException.ThrowIfNull(text);
        return ImpairmentParser.TryParse(text, out impairment, out problem);
    }

    /// <summary>The string that <see cref="Parse"/> reads, with what differs from <see cref="None"/>.</summary>
    public override string ToString() => ImpairmentParser.Format(this);

    private static double Probability(double value, string name) =>
        value is >= 0 and <= 1
            ? value
            : throw new ArgumentOutOfRangeException(name, value, $"{name} is a probability from 0 to 1.");

    private static double NotBelow(double value, double min, string name) =>
        value >= min ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} is {min} or more.");

    private static TimeSpan NotNegative(TimeSpan value, string name) =>
        value >= TimeSpan.Zero ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} is not negative.");
}
