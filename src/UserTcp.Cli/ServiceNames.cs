using System.Globalization;

namespace UserTcp.Cli;

/// <summary>
/// Names of TCP services, as getservbyname(3) finds them in /etc/services. The names of our own services are known
/// where that file does not exist.
/// </summary>
internal static class ServiceNames
{
    private const string Database = "/etc/services";

    private static readonly Lazy<Dictionary<string, int>> Known = new(static () => Load(Database));

    public static bool TryFind(string name, out int port) => Known.Value.TryGetValue(name, out port);

    /// <summary>The first name of a port, as getservbyport(3) finds it; null when it has none.</summary>
    public static string? FindName(int port)
    {
        foreach (var (name, known) in Known.Value)
        {
            if (known == port)
                return name;
        }

        return null;
    }

    /// <summary>
    /// Reads lines of: name, port/protocol, aliases. The first line of a name counts, as in the C library.
    /// </summary>
    internal static Dictionary<string, int> Read(IEnumerable<string> lines)
    {
        var names = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var line in lines)
        {
            var columns = line.Split('#')[0].Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            if (columns is not [var name, var place, .. var aliases]
                || place.Split('/') is not [var number, "tcp"]
                || !ushort.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var port))
            {
                continue;
            }

            names.TryAdd(name, port);
            foreach (var alias in aliases)
                names.TryAdd(alias, port);
        }

        return names;
    }

    private static Dictionary<string, int> Load(string file)
    {
        try
        {
            return Read(File.ReadLines(file));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return Services.ServiceCatalog.Names.ToDictionary(name => name, Services.ServiceCatalog.PortOf);
        }
    }
}
