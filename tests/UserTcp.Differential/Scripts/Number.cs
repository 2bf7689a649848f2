using System.Globalization;

namespace UserTcp.Differential.Scripts;

/// <summary>What a number of a script counts from.</summary>
internal enum NumberBase
{
    /// <summary>The initial sequence number: 0 is the SYN.</summary>
    Start,

    /// <summary>The end of what the stack has sent so far.</summary>
    Sent,

    /// <summary>What the stack has acknowledged last: what it wants next.</summary>
    Acked,

    /// <summary>The right edge of the window that the stack has offered.</summary>
    Edge,
}

/// <summary>
/// A sequence or acknowledgment number as a script says it: absolute, or relative to what the stack has done so far, so that a script
/// means the same to both stacks, and goes on meaning it when steps before are left out.
/// </summary>
internal readonly record struct Number(NumberBase From, int Offset)
{
    public static Number At(int offset) => new(NumberBase.Start, offset);

    public static Number Sent(int offset = 0) => new(NumberBase.Sent, offset);

    public static Number Acked(int offset = 0) => new(NumberBase.Acked, offset);

    public static Number Edge(int offset = 0) => new(NumberBase.Edge, offset);

    public override string ToString()
    {
        var sign = Offset > 0 ? "+" : "";
        var offset = Offset.ToString(CultureInfo.InvariantCulture);
        return From switch
        {
            NumberBase.Start => offset,
            _ when Offset == 0 => Name,
            _ => $"{Name}{sign}{offset}",
        };
    }

    public static bool TryParse(string text, out Number number)
    {
        var from = NumberBase.Start;
        foreach (var (name, value) in new[] { ("sent", NumberBase.Sent), ("acked", NumberBase.Acked), ("edge", NumberBase.Edge) })
        {
            if (!text.StartsWith(name, StringComparison.Ordinal))
                continue;
            from = value;
            text = text[name.Length..];
            if (text.Length == 0)
            {
                number = new Number(from, 0);
                return true;
            }

            if (text[0] is not ('+' or '-'))
            {
                number = default;
                return false;
            }
        }

        var isNumber = int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var offset);
        number = new Number(from, offset);
        return isNumber;
    }

    private string Name => From.ToString().ToLowerInvariant();
}
