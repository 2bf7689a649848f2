using System.Globalization;
using UserTcp.Wire;

namespace UserTcp.Differential.Scripts;

/// <summary>Formats and parses steps.</summary>
internal static class StepFormat
{
    private const string Verbs = "inject, call, expect, wait";

    private static readonly (string Name, TcpFlags Flag)[] FlagNames =
    [
        ("FIN", TcpFlags.Fin), ("SYN", TcpFlags.Syn), ("RST", TcpFlags.Rst), ("PSH", TcpFlags.Psh),
        ("ACK", TcpFlags.Ack), ("URG", TcpFlags.Urg),
    ];

    public static string FormatFlags(TcpFlags flags) =>
        flags == TcpFlags.None
            ? "none"
            : string.Join(',', FlagNames.Where(name => flags.HasFlag(name.Flag)).Select(name => name.Name));

    public static string Write(Step step)
    {
        var words = step switch
        {
            InjectStep inject => WriteInject(inject),
            CallStep call => WriteCall(call),
            WaitStep wait => string.Create(CultureInfo.InvariantCulture, $"wait {wait.Time.TotalMilliseconds}ms"),
            ExpectStep { Segment: null } => "expect nothing",
            ExpectStep expect => $"expect {WriteExpected(expect.Segment)}",
            ExpectStateStep state => $"expect state {state.State}",
            _ => throw new ArgumentOutOfRangeException(nameof(step)),
        };
        var prefix = step.For == StackKind.Both ? "" : $"{NameOf(step.For)}: ";
        return prefix + words + (step.Why is null ? "" : $" # {step.Why}");
    }

    public static Step Read(string[] words, string? comment, int line)
    {
        var kind = StackKind.Both;
        if (words[0] is "engine:" or "linux:")
        {
            kind = words[0] == "engine:" ? StackKind.Engine : StackKind.Linux;
            if (comment is null || !comment.Contains("RFC", StringComparison.Ordinal))
            {
                throw new ScriptException(
                    line, "a line for one stack alone has no reason",
                    "end it with # and the RFC's section that allows it");
            }

            words = words[1..];
        }

        var step = Read(new Fields(words, line));
        if (kind != StackKind.Both && !step.IsCheck)
        {
            throw new ScriptException(
                line, "what happens has to happen to both stacks", "only 'expect' may be for one");
        }

        return step with { Line = line, For = kind, Why = comment };
    }

    private static Step Read(Fields fields)
    {
        Step step = fields.Word($"a step is one of: {Verbs}") switch
        {
            "inject" => new InjectStep(
                fields.Flags(), fields.Number("seq") ?? Number.Acked(), fields.Number("ack") ?? Number.Sent())
            {
                Data = fields.Integer("data") ?? 0,
                Window = fields.Integer("win") ?? InjectStep.DefaultWindow,
                Mss = fields.Integer("mss"),
                Scale = fields.Integer("ws"),
                Urgent = fields.Integer("up") ?? 0,
                PermitsSack = fields.TryConsume("sackok"),
                HasTimestamps = fields.TryConsume("ts"),
                Age = fields.Integer("age") ?? 0,
            },
            "call" => ReadCall(fields),
            "wait" => new WaitStep(fields.Time()),
            "expect" => ReadExpect(fields),
            var other => throw fields.Wrong($"there is no step '{other}'", $"a step is one of: {Verbs}"),
        };
        fields.End();
        return step;
    }

    private static CallStep ReadCall(Fields fields)
    {
        var names = string.Join(", ", Enum.GetNames<UserCall>().Select(name => name.ToLowerInvariant()));
        var name = fields.Word($"a call is one of: {names}");
        if (!name.All(char.IsAsciiLetterLower) || !Enum.TryParse<UserCall>(name, ignoreCase: true, out var call))
            throw fields.Wrong($"there is no call '{name}'", $"a call is one of: {names}");
        var argument = call is UserCall.Send or UserCall.Receive ? fields.Count($"say how much: call {name} 100") : 0;
        return new CallStep(call) { Argument = argument, Result = fields.Result() };
    }

    private static Step ReadExpect(Fields fields)
    {
        if (fields.TryConsume("nothing"))
            return new ExpectStep(Segment: null);
        if (fields.TryConsume("state"))
            return new ExpectStateStep(fields.Word("name a state, such as ESTABLISHED"));
        var flags = fields.Flags();
        var window = fields.Integer("win");
        if (window > 0)
        {
            throw fields.Wrong(
                $"a window of {window} cannot be expected", "stacks differ in their buffers: say win=0 or nothing");
        }

        return new ExpectStep(new ExpectedSegment(
            flags, fields.Integer("seq"), fields.Integer("ack"), fields.Integer("data"), window is null ? null : true,
            fields.Integer("mss"), fields.TryConsume("ws") ? true : null));
    }

    private static string WriteInject(InjectStep step)
    {
        var words = $"inject {FormatFlags(step.Flags)} seq={step.Seq}";
        if (step.Flags.HasFlag(TcpFlags.Ack))
            words += $" ack={step.Ack}";
        return words + Optional("data", step.Data == 0 ? null : step.Data)
            + Optional("win", step.Window == InjectStep.DefaultWindow ? null : step.Window) + Optional("mss", step.Mss)
            + Optional("ws", step.Scale) + Optional("up", step.Urgent == 0 ? null : step.Urgent)
            + (step.PermitsSack ? " sackok" : "") + (step.HasTimestamps ? " ts" : "") + Optional(
                "age", step.Age == 0 ? null : step.Age);
    }

    private static string WriteCall(CallStep step)
    {
        var words = $"call {step.Call.ToString().ToLowerInvariant()}";
        if (step.Call is UserCall.Send or UserCall.Receive)
            words += string.Create(CultureInfo.InvariantCulture, $" {step.Argument}");
        return words + (step.Result is null ? "" : $" = {step.Result}");
    }

    private static string WriteExpected(ExpectedSegment segment) =>
        FormatFlags(segment.Flags) + Optional("seq", segment.Seq) + Optional("ack", segment.Ack)
        + Optional("data", segment.Data)
        + (segment.HasZeroWindow == true ? " win=0" : "") + Optional("mss", segment.Mss)
        + (segment.HasScale == true ? " ws" : "");

    private static string Optional(string name, int? value) =>
        value is null ? "" : string.Create(CultureInfo.InvariantCulture, $" {name}={value}");

    private static string NameOf(StackKind kind) => kind == StackKind.Engine ? "engine" : "linux";

    /// <summary>The words of a line, read one by one or by name.</summary>
    private sealed class Fields(string[] words, int line)
    {
        private readonly List<string> _left = [.. words];

        public ScriptException Wrong(string problem, string remedy) => new(line, problem, remedy);

        public string Word(string remedy)
        {
            if (_left.Count == 0)
                throw Wrong("the line ends too early", remedy);
            var word = _left[0];
            _left.RemoveAt(0);
            return word;
        }

        public bool TryConsume(string word)
        {
            if (_left.Count == 0 || _left[0] != word)
                return false;
            _left.RemoveAt(0);
            return true;
        }

        public TcpFlags Flags()
        {
            const string Remedy = "write flags as SYN,ACK, of FIN SYN RST PSH ACK URG, or none";
            var word = Word(Remedy);
            if (word == "none")
                return TcpFlags.None;
            var flags = TcpFlags.None;
            foreach (var name in word.Split(','))
            {
                var flag = FlagNames.FirstOrDefault(known => known.Name == name).Flag;
                flags |= flag == TcpFlags.None ? throw Wrong($"there is no flag '{name}'", Remedy) : flag;
            }

            return flags;
        }

        public int Count(string remedy)
        {
            var word = Word(remedy);
            return int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
                ? count
                : throw Wrong($"'{word}' is no number", remedy);
        }

        public TimeSpan Time()
        {
            const string Remedy = "write a time as 50ms";
            var word = Word(Remedy);
            return word.EndsWith("ms", StringComparison.Ordinal)
                && int.TryParse(word[..^2], NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
                    ? TimeSpan.FromMilliseconds(milliseconds)
                    : throw Wrong($"'{word}' is no time", Remedy);
        }

        public string? Result() =>
            TryConsume("=") ? Word("after = comes a number or an error's name, such as EAGAIN") : null;

        public int? Integer(string name)
        {
            if (Named(name) is not { } value)
                return null;
            return int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
                ? number
                : throw Wrong($"'{value}' is no number", $"write {name}=100");
        }

        public Number? Number(string name)
        {
            if (Named(name) is not { } value)
                return null;
            return Scripts.Number.TryParse(value, out var number)
                ? number
                : throw Wrong($"'{value}' is no {name}", $"write {name}=100, {name}=sent-5 or {name}=acked+10");
        }

        public void End()
        {
            if (_left.Count > 0)
                throw Wrong($"'{_left[0]}' means nothing here", "leave it out, or see whether it is misspelt");
        }

        private string? Named(string name)
        {
            var index = _left.FindIndex(word => word.StartsWith(name + "=", StringComparison.Ordinal));
            if (index < 0)
                return null;
            var value = _left[index][(name.Length + 1)..];
            _left.RemoveAt(index);
            return value;
        }
    }
}
