using System.Globalization;
using UserTcp.Impairment;

namespace UserTcp.Testing.Faults;

/// <summary>
/// Reads a rule:
/// <code>
/// ACTION [KIND[:NUMBERS] [larger than BYTES]] [from HOST[:PORT]] [to HOST[:PORT]] [after TIME] [for TIME]
/// ACTION   drop | duplicate | corrupt | hold | delay TIME | crash HOST [for TIME] on | kill HOST [for TIME] on
/// KIND     packet | syn | syn-ack | ack | data | fin | ack-of-fin | rst | retransmission | seq
/// NUMBERS  3 | 3-5 | 3- | 3/2 (3, 5, 7 and so on); behind seq: a relative sequence number
/// TIME     20ms | 1.5s | 2m
/// </code>
/// </summary>
internal sealed class FaultRuleParser
{
    private const string Actions = "drop, duplicate, corrupt, hold, delay TIME, crash HOST on, kill HOST on";
    private const string AnyPacket = "packet";
    private const string Kinds = AnyPacket + ", syn, syn-ack, ack, data, fin, ack-of-fin, rst, retransmission, seq:N";

    private readonly string _text;
    private readonly string[] _words;
    private int _next;

    private FaultRuleParser(string text)
    {
        _text = text;
        _words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>Reads a rule.</summary>
    /// <exception cref="FormatException">It is none; the message says where, and what may stand there.</exception>
    public static FaultRule Parse(string text) => new FaultRuleParser(text).Parse();

    private FaultRule Parse()
    {
        var rule = new FaultRule { Verdict = ParseAction() };
        if (_next < _words.Length && TryParseKind(_words[_next], out var kind, out var numbers))
        {
            _next++;
            rule = rule with { Packets = ParseNumbers(kind, numbers) };
            if (TryTake("larger"))
            {
                Take("than");
                rule = rule with { LargerThan = (int)ParseNumber(Take("BYTES")) };
            }
        }

        while (_next < _words.Length)
            rule = ParseCondition(rule);
        return rule;
    }

    private VirtualVerdict ParseAction()
    {
        switch (_words.Length == 0 ? "" : _words[_next++])
        {
            case "drop":
                return VirtualVerdict.Drop;
            case "duplicate":
                return VirtualVerdict.Duplicate;
            case "corrupt":
                return VirtualVerdict.Corrupt;
            case "hold":
                return VirtualVerdict.Hold;
            case "delay":
                return VirtualVerdict.Delay(ParseTime(Take("TIME")));
            case "crash":
                return ParseStop(VirtualVerdict.Crash);
            case "kill":
                return ParseStop(VirtualVerdict.Kill);
            case var other:
                throw Error($"\"{other}\" is no action. A rule begins with one of: {Actions}");
        }
    }

    /// <summary>HOST [for TIME] on.</summary>
    private VirtualVerdict ParseStop(Func<string, TimeSpan?, VirtualVerdict> create)
    {
        var host = Take("HOST");
        TimeSpan? downTime = TryTake("for") ? ParseTime(Take("TIME")) : null;
        Take("on");
        return create(host, downTime);
    }

    private FaultRule ParseCondition(FaultRule rule)
    {
        var word = _words[_next++];
        switch (word)
        {
            case "from":
                var (from, fromPort) = ParseEnd(Take("HOST"));
                return rule with { From = from, FromPort = fromPort };
            case "to":
                var (to, toPort) = ParseEnd(Take("HOST"));
                return rule with { To = to, ToPort = toPort };
            case "after":
                return rule with { After = ParseTime(Take("TIME")) };
            case "for":
                return rule with { For = ParseTime(Take("TIME")) };
            default:
                throw Error(
                    $"\"{word}\" is neither a kind of packet ({Kinds}) nor one of: from HOST, to HOST, after "
                    + "TIME, for TIME");
        }
    }

    private static bool TryParseKind(string word, out PacketKind kind, out string? numbers)
    {
        var colon = word.IndexOf(':', StringComparison.Ordinal);
        numbers = colon < 0 ? null : word[(colon + 1)..];
        var name = colon < 0 ? word : word[..colon];
        kind = PacketKind.Any;
        return name == AnyPacket || (PacketPattern.TryParseKind(name, out kind) && kind != PacketKind.Any);
    }

    private PacketPattern ParseNumbers(PacketKind kind, string? numbers) =>
        PacketPattern.TryParseNumbers(kind, numbers, out var pattern, out var problem)
            ? pattern
            : throw Error(problem);

    private (string? Host, int? Port) ParseEnd(string word)
    {
        var colon = word.LastIndexOf(':');
        if (colon < 0)
            return (word, null);
        var port = ParseNumber(word[(colon + 1)..]);
        if (port > ushort.MaxValue)
            throw Error($"{port} is no port");
        return (colon == 0 ? null : word[..colon], (int)port);
    }

    private long ParseNumber(string word) =>
        int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
            ? number
            : throw Error($"\"{word}\" is no number from 1 on");

    private TimeSpan ParseTime(string word)
    {
        var unit = word.TrimStart("0123456789.".ToCharArray());
        var perUnit = unit switch
        {
            "us" => TimeSpan.TicksPerMicrosecond,
            "ms" => TimeSpan.TicksPerMillisecond,
            "s" => TimeSpan.TicksPerSecond,
            "m" => TimeSpan.TicksPerMinute,
            _ => 0,
        };
        return perUnit > 0 && double.TryParse(
            word[..^unit.Length], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            && number * perUnit < TimeSpan.TicksPerDay
            ? TimeSpan.FromTicks((long)(number * perUnit))
            : throw Error($"\"{word}\" is no time below a day such as 20ms, 1.5s or 2m");
    }

    private bool TryTake(string word)
    {
        if (_next >= _words.Length || _words[_next] != word)
            return false;
        _next++;
        return true;
    }

    private string Take(string what)
    {
        if (_next >= _words.Length)
            throw Error($"{what} is missing at the end");
        var word = _words[_next++];
        return what is "on" or "than" && word != what
            ? throw Error($"\"{word}\" stands where \"{what}\" is needed")
            : word;
    }

    private FormatException Error(string problem) => new($"The fault \"{_text}\" is not valid: {problem}.");
}
