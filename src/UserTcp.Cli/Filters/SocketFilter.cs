using System.Diagnostics.CodeAnalysis;

namespace UserTcp.Cli.Filters;

/// <summary>
/// A filter of connections, in a subset of the grammar of ss(8): states, then conditions on addresses and ports joined
/// by `and`, `or`, `not` and parentheses.
/// </summary>
internal sealed class SocketFilter
{
    private readonly int _states;
    private readonly FilterCondition _condition;

    internal SocketFilter(int states, FilterCondition condition) => (_states, _condition) = (states, condition);

    /// <summary>Parses the words of a command line. Any number of words may be in one string.</summary>
    public static bool TryParse(
        IEnumerable<string> words, [NotNullWhen(true)] out SocketFilter? filter,
        [NotNullWhen(false)] out string? problem)
    {
        var parser = new FilterParser(string.Join(' ', words));
        filter = parser.Parse();
        problem = filter is null ? parser.Problem : null;
        return filter is not null;
    }

    public bool Matches(in SocketAddresses socket) =>
        (_states >> (int)socket.State & 1) != 0 && _condition.Matches(socket);
}
