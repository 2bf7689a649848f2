namespace UserTcp.Differential.Scripts;

/// <summary>A script that cannot be parsed: the message has the line, the problem and the remedy.</summary>
internal sealed class ScriptException(int line, string problem, string remedy)
    : Exception($"line {line}: {problem}; {remedy}")
{
    public int Line { get; } = line;
}
