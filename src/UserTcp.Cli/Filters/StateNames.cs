using UserTcp.Capture;
using UserTcp.Engine.Contract;

namespace UserTcp.Cli.Filters;

/// <summary>Names of states and of groups of states, as ss(8) has them. RFC 9293's names count as well.</summary>
internal static class StateNames
{
    private static readonly TcpState[] All = Enum.GetValues<TcpState>();

    private static readonly (string Name, TcpState State)[] OtherNames =
    [
        ("syn-recv", TcpState.SynReceived), ("listening", TcpState.Listen), ("close", TcpState.Closed),
    ];

    private static readonly (string Name, Func<TcpState, bool> Has)[] Groups =
    [
        ("all", static _ => true),
        ("connected", IsConnected),
        ("synchronized", static state => IsConnected(state) && state != TcpState.SynSent),
        ("bucket", IsSmall),
        ("big", static state => !IsSmall(state)),
    ];

    /// <summary>All names: the states first, then the groups.</summary>
    public static IEnumerable<string> Names =>
        All.Select(Lower).Concat(OtherNames.Select(other => other.Name)).Concat(Groups.Select(group => group.Name));

    /// <summary>One state by its name; null when there is none.</summary>
    public static TcpState? Find(string name)
    {
        foreach (var state in All)
        {
            if (Lower(state).Equals(name, StringComparison.OrdinalIgnoreCase))
                return state;
        }

        var other = Array.FindIndex(
            OtherNames, entry => entry.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
        return other < 0 ? null : OtherNames[other].State;
    }

    /// <summary>The states of a name as a set of bits; null when there is no such name.</summary>
    public static int? FindSet(string name)
    {
        if (Find(name) is { } state)
            return 1 << (int)state;
        var group = Array.FindIndex(Groups, entry => entry.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
        return group < 0
            ? null
            : All.Where(Groups[group].Has).Aggregate(0, static (set, member) => set | 1 << (int)member);
    }

    private static string Lower(TcpState state) => SegmentLine.State(state).ToLowerInvariant();

    private static bool IsConnected(TcpState state) => state is not (TcpState.Listen or TcpState.Closed);

    private static bool IsSmall(TcpState state) => state is TcpState.SynReceived or TcpState.TimeWait;
}
