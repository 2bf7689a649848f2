using System.Globalization;

namespace UserTcp.Differential.Scripts;

/// <summary>The base of a number in a script.</summary>
internal enum NumberBase
{
    /// <summary>The initial sequence number: 0 is the SYN.</summary>
    Start,

    /// <summary>The end of the stack's sent data, SND.NXT.</summary>
    Sent,

    /// <summary>The stack's last acknowledgment, RCV.NXT.</summary>
    Acked,

    /// <summary>The right edge of the stack's offered window.</summary>
    Edge,
}

/// <summary>
/// A sequence or acknowledgment number of a script: absolute, or relative to the stack's numbers. A relative one means
/// the same for both stacks, also when the shrinker removes steps.
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
        foreach (var (name, value) in new[]
        {
            ("sent", NumberBase.Sent), ("acked", NumberBase.Acked), ("edge", NumberBase.Edge)
        })
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
