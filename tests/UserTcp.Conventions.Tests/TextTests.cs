using System.Runtime.Versioning;
using System.Text;
using System.Text.RegularExpressions;
using UserTcp.Conventions.Tests.Support;
using Xunit;

namespace UserTcp.Conventions.Tests;

/// <summary>The form of what people write: sizes, white space, and words that do not belong here.</summary>
public partial class TextTests
{
    private const int MaxSourceLines = 400;

    // Visual Studio's own format: tabs and a byte order mark.
    private static readonly string[] OwnForm = [".sln"];

    // Written by tools, on whatever machine.
    private static readonly string[] Generated = ["packages.lock.json"];

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    [Fact]
    public void Source_files_hold_one_idea_each()
    {
        var sources = Repository.Files("src", ".cs");

        Assert.NotEmpty(sources);
        Expect.None(
            sources.Select(file => (path: file, lines: File.ReadLines(Repository.PathOf(file)).Count()))
                .Where(file => file.lines > MaxSourceLines)
                .Select(file => $"{file.path}: {file.lines} lines"),
            $"More than {MaxSourceLines} lines are more than one idea:");
    }

    [Fact]
    public void Text_is_plain() =>
        Expect.None(TextFiles().Where(file => !OwnForm.Contains(Path.GetExtension(file))).SelectMany(Blemishes), "Mend:");

    [Fact]
    public void No_file_names_a_place_on_somebodys_machine() =>
        Expect.None(TextFiles().SelectMany(file => LinesWith(file, PrivatePath())), "Other machines do not have these:");

    [Fact]
    public void Nothing_is_left_for_later() =>
        Expect.None(
            Repository.Files("", ".cs", ".md").Where(file => !IsThisFile(file)).SelectMany(file => LinesWith(file, Leftover())),
            "Do now, or drop:");

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void Scripts_can_be_run()
    {
        var scripts = TextFiles().Where(file => Repository.Read(file).StartsWith("#!", StringComparison.Ordinal)).ToList();

        Assert.Contains(".ci/run", scripts);
        Assert.Contains("tools/usertcp", scripts);
        Assert.All(
            scripts, script => Assert.True(File.GetUnixFileMode(Repository.PathOf(script)).HasFlag(UnixFileMode.UserExecute), script));
    }

    // Home, scratch and mount folders, as they stand in a path; a route or a relative path has something before its slash.
    [GeneratedRegex(@"(?<![\w.~)}/-])/(tmp|home|root|mnt|work|Users)/[\w.]")]
    private static partial Regex PrivatePath();

    [GeneratedRegex(@"\b(TODO|FIXME|HACK|XXX)\b|NotImplementedException")]
    private static partial Regex Leftover();

    private static bool IsThisFile(string file) => file.EndsWith($"/{nameof(TextTests)}.cs", StringComparison.Ordinal);

    private static IEnumerable<string> TextFiles() => Repository.Files().Where(file => !Generated.Contains(Path.GetFileName(file)));

    private static IEnumerable<string> Blemishes(string file)
    {
        string text;
        try
        {
            text = StrictUtf8.GetString(File.ReadAllBytes(Repository.PathOf(file)));
        }
        catch (DecoderFallbackException)
        {
            return [$"{file}: not UTF-8"];
        }

        (string What, bool Is)[] blemishes =
        [
            ("byte order mark", text.StartsWith('\uFEFF')),
            ("carriage return", text.Contains('\r', StringComparison.Ordinal)),
            ("tab", text.Contains('\t', StringComparison.Ordinal)),
            ("white space at the end of a line", text.Contains(" \n", StringComparison.Ordinal)),
            ("no newline at the end", text.Length > 0 && !text.EndsWith('\n')),
        ];
        return blemishes.Where(blemish => blemish.Is).Select(blemish => $"{file}: {blemish.What}");
    }

    private static IEnumerable<string> LinesWith(string file, Regex what) =>
        File.ReadLines(Repository.PathOf(file))
            .Select((line, index) => (line, number: index + 1))
            .Where(line => what.IsMatch(line.line))
            .Select(line => $"{file}:{line.number}: {line.line.Trim()}");
}
