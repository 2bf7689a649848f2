using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace UserTcp.Impairment;

/// <summary>
/// Which packets a trigger or a rule names: a kind and numbers, such as <c>data:3</c>. Packets of the kind are numbered
/// from 1, retransmissions included: <c>data:3</c> is the third segment with data, whatever data that is.
/// <code>
/// fin:1              the first one
/// data:3-5           the third to the fifth
/// data:3-            the third and all later ones
/// data:3/2           the third, fifth, seventh and so on
/// seq:5001           the first transmission of the segment whose data covers relative sequence number 5001
/// </code>
/// </summary>
public sealed record PacketPattern
{
    /// <summary>The words for the kinds, for messages.</summary>
    public const string Kinds =
        "syn, syn-ack, ack, data, fin, ack-of-fin, rst, retransmission, any, seq";

    private static readonly (string Word, PacketKind Kind)[] Words =
    [
        ("any", PacketKind.Any), ("syn", PacketKind.Syn), ("syn-ack", PacketKind.SynAck), ("ack", PacketKind.Ack),
        ("data", PacketKind.Data), ("fin", PacketKind.Fin), ("ack-of-fin", PacketKind.AckOfFin),
        ("rst", PacketKind.Rst), ("retransmission", PacketKind.Retransmission), ("seq", PacketKind.Seq),
    ];

    /// <summary>The kind of packet.</summary>
    public PacketKind Kind { get; init; }

    /// <summary>The first number, from 1.</summary>
    public long First { get; init; } = 1;

    /// <summary>The last number.</summary>
    public long Last { get; init; } = long.MaxValue;

    /// <summary>The distance from one number to the next: 1 for all of them.</summary>
    public long Every { get; init; } = 1;

    /// <summary>The relative sequence number of <see cref="PacketKind.Seq"/>.</summary>
    public uint Sequence { get; init; }

    /// <summary>True when the kind of a packet depends on earlier packets of its connection.</summary>
    public bool NeedsConnection => Kind is PacketKind.AckOfFin or PacketKind.Retransmission or PacketKind.Seq;

    /// <summary>True when the pattern names the packet of this number among those of its kind.</summary>
    public bool Includes(long number) => number >= First && number <= Last && (number - First) % Every == 0;

    /// <summary>Reads the word for a kind, such as <c>syn-ack</c>.</summary>
    public static bool TryParseKind(string word, out PacketKind kind)
    {
        foreach (var (name, value) in Words)
        {
            kind = value;
            if (name == word)
                return true;
        }

        kind = default;
        return false;
    }

    /// <summary>Reads what stands behind the colon: numbers, or a sequence number for <c>seq</c>.</summary>
    /// <param name="kind">The kind before the colon.</param>
    /// <param name="numbers">What stands behind it; null for all packets of the kind.</param>
    /// <param name="pattern">The pattern.</param>
    /// <param name="problem">What is wrong, and what is valid.</param>
    public static bool TryParseNumbers(
        PacketKind kind, string? numbers, [NotNullWhen(true)] out PacketPattern? pattern,
        [NotNullWhen(false)] out string? problem)
    {
        pattern = null;
        problem = null;
        if (kind == PacketKind.Seq)
            problem = ParseSequence(numbers, out pattern);
        else if (numbers is null)
            pattern = new PacketPattern { Kind = kind };
        else
            problem = ParseNumbers(kind, numbers, out pattern);
        return problem is null;
    }

    /// <summary>The pattern as it is read: <c>data:3-5</c>.</summary>
    public override string ToString()
    {
        var word = Array.Find(Words, entry => entry.Kind == Kind).Word;
        if (Kind == PacketKind.Seq)
            return string.Create(CultureInfo.InvariantCulture, $"{word}:{Sequence}");
        if (First == Last)
            return string.Create(CultureInfo.InvariantCulture, $"{word}:{First}");
        if (Every > 1)
            return string.Create(CultureInfo.InvariantCulture, $"{word}:{First}/{Every}");
        var last = Last == long.MaxValue ? "" : Last.ToString(CultureInfo.InvariantCulture);
        return string.Create(CultureInfo.InvariantCulture, $"{word}:{First}-{last}");
    }

    private static string? ParseSequence(string? number, out PacketPattern? pattern)
    {
        pattern = null;
        if (!uint.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var sequence) || sequence == 0)
            return $"\"{number}\" is no relative sequence number from 1 to 4294967295";
        pattern = new PacketPattern { Kind = PacketKind.Seq, Last = 1, Sequence = sequence };
        return null;
    }

    private static string? ParseNumbers(PacketKind kind, string numbers, out PacketPattern? pattern)
    {
        pattern = null;
        var slash = numbers.Split('/');
        var range = numbers.Split('-');
        if (slash.Length > 2 || range.Length > 2 || (slash.Length == 2 && range.Length == 2))
            return $"\"{numbers}\" are no numbers of packets: 3, 3-5, 3- or 3/2";
        var (first, second) = slash.Length == 2 ? (slash[0], slash[1]) : (range[0], range.ElementAtOrDefault(1));
        if (!TryParseNumber(first, out var from))
            return NoNumber(first);
        pattern = new PacketPattern { Kind = kind, First = from, Last = second is null ? from : long.MaxValue };
        if (string.IsNullOrEmpty(second) && slash.Length == 1)
            return null;
        if (!TryParseNumber(second!, out var to))
            return NoNumber(second!);
        pattern = slash.Length == 2 ? pattern with { Every = to } : pattern with { Last = to };
        return slash.Length == 2 || to >= from ? null : $"\"{numbers}\" ends before it begins";
    }

    private static string NoNumber(string word) => $"\"{word}\" is no number from 1 on";

    private static bool TryParseNumber(string word, out long number)
    {
        var isNumber = int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value > 0;
        number = value;
        return isNumber;
    }
}
