using System.Runtime.Versioning;
using System.Text;
using System.Text.RegularExpressions;
using UserTcp.Conventions.Tests.Support;
using Xunit;

namespace UserTcp.Conventions.Tests;

/// <summary>The format of source files: size, white space, and words that do not belong here.</summary>
public partial class FormatTests
{
    private const int MaxSourceLines = 450;
    private const int MaxColumns = 120;

    // Visual Studio writes tabs and a byte order mark.
    private static readonly string[] OwnForm = [".sln"];

    // Written by tools.
    private static readonly string[] Generated = ["packages.lock.json"];

    private static readonly string[] Binary = [".png"];

    private static readonly UTF8Encoding StrictUtf8 = new(
        encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    [Fact]
    public void Source_files_are_short()
    {
        var sources = Repository.Files("src", ".cs");

        Assert.NotEmpty(sources);
        Expect.None(
            sources.Select(file => (path: file, lines: File.ReadLines(Repository.PathOf(file)).Count()))
                .Where(file => file.lines > MaxSourceLines)
                .Select(file => $"{file.path}: {file.lines} lines"),
            $"Split these files of more than {MaxSourceLines} lines:");
    }

    [Fact]
    public void Lines_are_short()
    {
        var sources = Repository.Files("", ".cs");

        Assert.NotEmpty(sources);
        Assert.Contains(
            $"max_line_length = {MaxColumns}\n", Repository.Read(".editorconfig"), StringComparison.Ordinal);
        Expect.None(sources.SelectMany(LongLines), $"Break these lines of more than {MaxColumns} columns:");
    }

    [Fact]
    public void A_long_line_is_allowed_only_in_a_raw_string()
    {
        var longest = new string('x', MaxColumns);
        var code = $"var a = \"\"\"\n    {longest}\n    \"\"\";\nvar b = \"{longest}\";\n// {longest}\n{longest}\n";

        Assert.Equal([4, 5], LongLinesOf(code).Select(line => line.Number));
    }

    [Fact]
    public void Files_have_a_plain_format() =>
        Expect.None(
            SourceFiles().Where(file => !OwnForm.Contains(Path.GetExtension(file))).SelectMany(Blemishes),
            "Fix the format of these files:");

    [Fact]
    public void No_file_has_a_path_of_one_machine() =>
        Expect.None(SourceFiles().SelectMany(file => LinesWith(file, PrivatePath())), "Remove paths of one machine:");

    [Fact]
    public void No_file_has_a_TODO() =>
        Expect.None(
            Repository.Files("", ".cs", ".md").Where(file => !IsThisFile(file))
                .SelectMany(file => LinesWith(file, Leftover())),
            "Do it now, or remove it:");

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void Scripts_are_executable()
    {
        var scripts = SourceFiles().Where(file => Repository.Read(file).StartsWith("#!", StringComparison.Ordinal))
            .ToList();

        Assert.Contains(".ci/run", scripts);
        Assert.Contains("tools/usertcp", scripts);
        Assert.All(
            scripts, script =>
                Assert.True(File.GetUnixFileMode(Repository.PathOf(script)).HasFlag(UnixFileMode.UserExecute), script));
    }

    // Home, scratch and mount folders of an absolute path; a route or a relative path has a character before the slash.
    [GeneratedRegex(@"(?<![\w.~)}/-])/(tmp|home|root|mnt|work|Users)/[\w.]")]
    private static partial Regex PrivatePath();

    [GeneratedRegex(@"\b(TODO|FIXME|HACK|XXX)\b|NotImplementedException")]
    private static partial Regex Leftover();

    private static bool IsThisFile(string file) =>
        file.EndsWith($"/{nameof(FormatTests)}.cs", StringComparison.Ordinal);

    private static IEnumerable<string> SourceFiles() =>
        Repository.Files().Where(file =>
            !Generated.Contains(Path.GetFileName(file)) && !Binary.Contains(Path.GetExtension(file)));

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

    private static IEnumerable<string> LongLines(string file) =>
        LongLinesOf(Repository.Read(file)).Select(line => $"{file}:{line.Number}: {line.Length} columns");

    /// <summary>The lines that are too long, without the lines inside raw strings.</summary>
    private static IEnumerable<(int Number, int Length)> LongLinesOf(string code)
    {
        var lines = code.Split('\n').Select((line, index) => (Number: index + 1, line.Length))
            .Where(line => line.Length > MaxColumns)
            .ToList();
        if (lines.Count == 0)
            return lines;
        var raw = CSharpTokens.LinesInRawStrings(code);
        return lines.Where(line => !raw.Contains(line.Number));
    }

    private static IEnumerable<string> LinesWith(string file, Regex what) =>
        File.ReadLines(Repository.PathOf(file))
            .Select((line, index) => (line, number: index + 1))
            .Where(line => what.IsMatch(line.line))
            .Select(line => $"{file}:{line.number}: {line.line.Trim()}");
}
