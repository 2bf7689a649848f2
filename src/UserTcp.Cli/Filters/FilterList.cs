namespace UserTcp.Cli.Filters;

/// <summary>Filters, each of which a connection has to match.</summary>
internal sealed class FilterList
{
    private readonly List<SocketFilter> _filters = [];

    /// <summary>Parses all; on failure <paramref name="problem"/> names the wrong word.</summary>
    public static FilterList? Parse(IEnumerable<string?> filters, out string? problem)
    {
        var list = new FilterList();
        problem = null;
        foreach (var words in filters)
        {
            if (!SocketFilter.TryParse([words ?? ""], out var filter, out problem))
                return null;
            list._filters.Add(filter);
        }

        return list;
    }

    public bool Matches(in SocketAddresses socket)
    {
        foreach (var filter in _filters)
        {
            if (!filter.Matches(socket))
                return false;
        }

        return true;
    }
}
