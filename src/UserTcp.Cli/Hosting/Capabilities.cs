using System.Globalization;

namespace UserTcp.Cli.Hosting;

/// <summary>A set of capabilities (capabilities(7)). The user id says nothing about them: root may have none.</summary>
/// <param name="Bits">Bit N stands for capability N.</param>
internal readonly record struct Capabilities(ulong Bits)
{
    private const string Label = "CapEff:";
    private const int NetAdmin = 12;
    private const int SysAdmin = 21;

    public bool HasNetAdmin => Has(NetAdmin);

    public bool HasSysAdmin => Has(SysAdmin);

    /// <summary>The effective set of this process.</summary>
    public static Capabilities Effective() => Parse(File.ReadLines("/proc/self/status"));

    /// <summary>The effective set in the lines of a status file (proc(5)).</summary>
    public static Capabilities Parse(IEnumerable<string> status)
    {
        var line = status.First(line => line.StartsWith(Label, StringComparison.Ordinal));
        return new Capabilities(ulong.Parse(
            line.AsSpan(Label.Length).Trim(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
    }

    private bool Has(int capability) => (Bits >> capability & 1) != 0;
}
