using System.Text;

namespace UserTcp.Cli.Manual;

/// <summary>Writes roff with the macros of man(7).</summary>
internal sealed class Roff
{
    private readonly StringBuilder _output = new();

    public void Macro(string name, params ReadOnlySpan<string> arguments)
    {
        _output.Append('.').Append(name);
        foreach (var argument in arguments)
            _output.Append(" \"").Append(Escape(argument).Replace("\"", "\\(dq", StringComparison.Ordinal)).Append('"');
        _output.Append('\n');
    }

    /// <summary>A line of a paragraph.</summary>
    public void Line(string plain) => Raw(Escape(plain));

    /// <summary>A line that has roff in it.</summary>
    public void Raw(string line)
    {
        // A dot or an apostrophe at the start of a line would be a macro.
        if (line is ['.' or '\'', ..])
            _output.Append("\\&");
        _output.Append(line).Append('\n');
    }

    /// <summary>Paragraphs; lines that are indented keep their breaks, as examples do.</summary>
    public void Paragraphs(string plain)
    {
        var isExample = false;
        foreach (var line in plain.Split('\n'))
        {
            if (line.StartsWith("  ", StringComparison.Ordinal) != isExample && line.Length > 0)
            {
                isExample = !isExample;
                if (isExample)
                    Macro("RS", "4");
                Macro(isExample ? "EX" : "EE");
                if (!isExample)
                    Macro("RE");
            }

            if (line.Length == 0)
                Macro("PP");
            else
                Line(isExample ? line[2..] : line);
        }

        if (isExample)
        {
            Macro("EE");
            Macro("RE");
        }
    }

    public static string Bold(string plain) => $"\\fB{Escape(plain)}\\fR";

    public static string Italic(string plain) => $"\\fI{Escape(plain)}\\fR";

    /// <summary>A hyphen of an option must stay one that can be copied.</summary>
    public static string Escape(string plain) => plain
        .Replace("\\", "\\e", StringComparison.Ordinal)
        .Replace("-", "\\-", StringComparison.Ordinal)
        .Replace("'", "\\(aq", StringComparison.Ordinal)
        .Replace("`", "\\(ga", StringComparison.Ordinal)
        .Replace("~", "\\(ti", StringComparison.Ordinal)
        .Replace("^", "\\(ha", StringComparison.Ordinal);

    public override string ToString() => _output.ToString();
}
