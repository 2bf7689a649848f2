namespace UserTcp.Differential.Scripts;

/// <summary>A script that cannot be read: says where, what is wrong, and what would be right.</summary>
internal sealed class ScriptException(int line, string problem, string mend) : Exception($"line {line}: {problem}; {mend}")
{
    public int Line { get; } = line;
}
