using System.Globalization;

namespace UserTcp.Cli.Control;

/// <summary>The user id of this process. Names in the environment may belong to another user.</summary>
internal static class UserId
{
    private const string Label = "Uid:";

    /// <summary>
    /// The effective user id (proc(5)). In a user namespace it is the id outside, which tells users apart: inside,
    /// every user is root.
    /// </summary>
    public static long Effective() => Outside(EffectiveInside(), File.ReadLines("/proc/self/uid_map"));

    /// <summary>The effective user id inside the user namespace, as the owners of files appear there.</summary>
    public static long EffectiveInside()
    {
        const int EffectiveColumn = 1;
        var line = File.ReadLines("/proc/self/status").First(line => line.StartsWith(Label, StringComparison.Ordinal));
        return Numbers(line[Label.Length..])[EffectiveColumn];
    }

    /// <summary>Maps by lines of: first id inside, first id outside, how many (user_namespaces(7)).</summary>
    private static long Outside(long inside, IEnumerable<string> map) =>
        map.Select(Numbers)
            .Where(range => inside >= range[0] && inside - range[0] < range[2])
            .Select(range => inside - range[0] + range[1])
            .FirstOrDefault(inside);

    private static long[] Numbers(string columns) =>
        [.. columns.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries)
            .Select(column => long.Parse(column, CultureInfo.InvariantCulture))];
}
