using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using UserTcp.Impairment;

namespace UserTcp.Testing;

/// <summary>
/// The faults of one run, one by one, as the report of a shrunk run lists them. A run with the same seed and these in
/// <see cref="VirtualNetworkOptions.OnlyFaults"/> has no others.
/// </summary>
public sealed class VirtualFaultList
{
    private const string None = "none";
    private const string Rule = "rule";

    private readonly List<Fault> _chances;
    private readonly List<(int Fault, int Strike)> _scripted;

    /// <param name="chances">Faults that a link's impairment gave.</param>
    /// <param name="scripted">Strikes of the test's own faults: the fault's number, and which of its strikes.</param>
    internal VirtualFaultList(IEnumerable<Fault> chances, IEnumerable<(int Fault, int Strike)> scripted) =>
        (_chances, _scripted) = ([.. chances], [.. scripted]);

    /// <summary>How many there are.</summary>
    public int Count => _chances.Count + _scripted.Count;

    /// <summary>Faults that a link's impairment gave.</summary>
    internal IReadOnlyList<Fault> Chances => _chances;

    /// <summary>Strikes of the test's own faults: the fault's number, and which of its strikes.</summary>
    internal IReadOnlyList<(int Fault, int Strike)> Scripted => _scripted;

    /// <summary>Reads what <see cref="ToString"/> has written.</summary>
    /// <exception cref="FormatException">It is no such list.</exception>
    public static VirtualFaultList Parse(string s)
    {
        ArgumentNullException.ThrowIfNull(s);
        return TryParse(s, out var list) ? list : throw new FormatException(
            $"\"{s}\" is no list of faults: copy it from the report of a failure, such as \"loss@0:3:0,rule@1:0\".");
    }

    /// <summary>Reads what <see cref="ToString"/> has written; false when it is no such list.</summary>
    public static bool TryParse([NotNullWhen(true)] string? s, [NotNullWhen(true)] out VirtualFaultList? list)
    {
        list = null;
        if (string.IsNullOrWhiteSpace(s))
            return false;
        var read = new VirtualFaultList([], []);
        if (s.Trim() == None || s.Split(',', StringSplitOptions.TrimEntries).All(read.TryAdd))
            list = read;
        return list is not null;
    }

    /// <summary>The list as one word for a shell, such as "loss@0:3:0,rule@1:0"; "none" when it is empty.</summary>
    public override string ToString() => Count == 0 ? None : string.Join(',', _chances.Select(Format).Concat(
        _scripted.Select(strike => string.Create(
            CultureInfo.InvariantCulture, $"{Rule}@{strike.Fault}:{strike.Strike}"))));

    /// <summary>Leaves out some of them.</summary>
    internal VirtualFaultList Without(int start, int count)
    {
        var end = start + count;
        return new VirtualFaultList(
            _chances.Where((_, index) => index < start || index >= end),
            _scripted.Where((_, index) => index + _chances.Count < start || index + _chances.Count >= end));
    }

    private static string Format(Fault fault) => string.Create(
        CultureInfo.InvariantCulture,
        $"{fault.Kind.ToString().ToLowerInvariant()}@{fault.Link}:{fault.Packet}:{fault.Amount}");

    /// <summary>Reads one fault, such as "loss@0:3:0" or "rule@1:0".</summary>
    private bool TryAdd(string word)
    {
        if (word.Split('@') is not [var kind, var place])
            return false;
        var numbers = place.Split(':').Select(ReadNumber).ToArray();
        if (kind == Rule && numbers is [>= 0 and <= int.MaxValue and var rule, >= 0 and <= int.MaxValue and var strike])
            _scripted.Add(((int)rule, (int)strike));
        else if (Enum.TryParse<FaultKind>(kind, ignoreCase: true, out var known) && !char.IsAsciiDigit(kind[0])
            && numbers is [>= 0 and <= int.MaxValue and var link, >= 0 and var packet, { } amount])
        {
            _chances.Add(new Fault((int)link, packet, known, amount));
        }
        else
        {
            return false;
        }

        return true;
    }

    private static long? ReadNumber(string digits) =>
        long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;
}
