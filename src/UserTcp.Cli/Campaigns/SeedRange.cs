using System.CommandLine;
using System.Globalization;

namespace UserTcp.Cli.Campaigns;

/// <summary>A range of seeds or of fuzz inputs, both ends included, written FIRST..LAST.</summary>
internal readonly record struct SeedRange(ulong First, ulong Last)
{
    private const string Separator = "..";

    /// <summary>The number of seeds. The full range has one more than 64 bits hold.</summary>
    public UInt128 Count => (UInt128)Last - First + 1;

    /// <summary>The option that sim and diff share.</summary>
    public static Option<SeedRange?> Option() => new("--range")
    {
        Description = "Run the seeds FIRST to LAST, both included",
        HelpName = "FIRST..LAST",
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (TryParse(text, out var range))
                return range;
            result.AddError($"--range: '{text}' is not a range such as 1..1000");
            return null;
        },
    };

    public static bool TryParse(string text, out SeedRange range)
    {
        range = default;
        var parts = text.Split(Separator);
        if (parts.Length != 2 || !TryParseNumber(parts[0], out var first)
            || !TryParseNumber(parts[1], out var last) || last < first)
        {
            return false;
        }

        range = new SeedRange(first, last);
        return true;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{First}{Separator}{Last}");

    private static bool TryParseNumber(string text, out ulong number) =>
        ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
