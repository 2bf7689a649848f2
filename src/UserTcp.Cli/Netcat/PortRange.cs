using System.Globalization;

namespace UserTcp.Cli.Netcat;

/// <summary>A port or a range of ports on the command line of `nc`.</summary>
internal readonly record struct PortRange(ushort First, ushort Last)
{
    /// <summary>What is expected, for a message.</summary>
    public const string Expected = "a port: give 1 to 65535, a range such as 20-25, or a service of /etc/services";

    public bool IsOnePort => First == Last;

    public IEnumerable<ushort> Ports
    {
        get
        {
            for (int port = First; port <= Last; port++)
                yield return (ushort)port;
        }
    }

    /// <summary>Reads "80", "20-25" or "http". Names of services may have a dash, so they come first.</summary>
    public static bool TryParse(string text, out PortRange range)
    {
        range = default;
        if (ServiceNames.TryFind(text, out var service) && service > 0)
        {
            range = new PortRange((ushort)service, (ushort)service);
            return true;
        }

        var dash = text.IndexOf('-', StringComparison.Ordinal);
        if (!TryParsePort(dash < 0 ? text : text[..dash], out var first)
            || !TryParsePort(text[(dash + 1)..], out var last))
        {
            return false;
        }

        // nc(1) takes 25-20 for 20-25.
        range = new PortRange(Math.Min(first, last), Math.Max(first, last));
        return true;
    }

    public override string ToString() => IsOnePort
        ? string.Create(CultureInfo.InvariantCulture, $"{First}")
        : string.Create(CultureInfo.InvariantCulture, $"{First}-{Last}");

    private static bool TryParsePort(string text, out ushort port) =>
        ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port > 0;
}
