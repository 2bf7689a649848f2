using Xunit;

namespace UserTcp.Cli.Tests;

/// <summary>
/// Input that the parser takes and the command refuses: one line that names the thing and says how to fix it, and the
/// exit code of sysexits(3).
/// </summary>
public sealed class RefusalTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("usertcp-refusal-");

    public RefusalTests()
    {
        File.WriteAllText(Path.Combine(_folder.FullName, "list"), "[]");
        File.WriteAllText(Path.Combine(_folder.FullName, "words"), "no JSON");
    }

    /// <summary>Arguments, exit code and message; {0} is a folder with the files `list` and `words`.</summary>
    public static TheoryData<string, int, string> Refused => new()
    {
        { "sim --replay {0}/nothing", 66, "--replay: there is no file '{0}/nothing' (this folder is {1})" },
        { "sim --replay {0}/no/where", 66, "--replay: there is no file '{0}/no/where' (this folder is {1})" },
        { "sim --replay {0}", 66, "--replay: '{0}' is a folder: name a file in it" },
        {
            "sim --replay {0}/words", 78,
            "--replay: '{0}/words' is not a scenario: *"
        },
        { "plot {0}/nothing", 66, "FILE: there is no file '{0}/nothing' (this folder is {1})" },
        { "plot {0}/words", 78, "FILE: '{0}/words' is neither a capture nor the output of 'watch --json': line 1: *" },
        { "plot {0}/list", 78, "FILE: '{0}/list' is neither a capture nor the output of 'watch --json': line 1: *" },
        { "plot {0}/list -o {0}", 73, "--output: '{0}' is a folder: name a file in it" },
        { "campaign {0}/nothing", 66, "FILE: there is no file '{0}/nothing' (this folder is {1})" },
        { "campaign {0}", 66, "FILE: '{0}' is a folder: name a file in it" },
        { "sim --seed 7 --out {0}/list/x", 73, "--out: '{0}/list/x' cannot be made: *" },
        { "sim --seed 7 --out {0}/list", 73, "--out: '{0}/list' is a file: name a folder" },
        { "sim --seed seven", 64, "'seven' is not a seed: write a whole number, such as 7 or 0x9e37" },
        { "sim --seed -7", 64, "'-7' is not a seed: write a whole number, such as 7 or 0x9e37" },
        { "sim --trace", 64, "--trace needs one run: add --seed S or --replay FILE" },
        { "sim --seed 1 --replay {0}/list", 64, "--seed excludes --replay: a scenario has its own seed" },
        { "sim --seed 1 --range 1..2", 64, "--seed excludes --range: it is one run" },
        { "sim --range 1..2 --seeds 7", 64, "--range excludes --seeds and --first-seed" },
        {
            "sim --range 0..18446744073709551615", 64,
            "--range 0..18446744073709551615: at most 2147483647 seeds in one run"
        },
        {
            "sim --first-seed 18446744073709551615 --seeds 2", 64,
            "--first-seed 18446744073709551615: fewer than 2 seeds follow it"
        },
        { "up --capture {0}", 73, "--capture: '{0}' is a folder: name a file in it" },
        {
            "up --capture {0}/no/trace.pcapng", 73,
            "--capture: the folder '{0}/no' does not exist: make it, or name another"
        },
        {
            "lab --capture {0}/no/trace.pcapng -- true", 73,
            "--capture: the folder '{0}/no' does not exist: make it, or name another"
        },
        {
            "lab --mtuu 1500 -- true", 64,
            "'--mtuu' is no option of lab (did you mean '--mtu'?) (see 'usertcp lab --help'); write -- before a "
            + "command that begins with a dash"
        },
        {
            "lab --mtuu", 64,
            "'--mtuu' is no option of lab (did you mean '--mtu'?) (see 'usertcp lab --help'); write -- before a "
            + "command that begins with a dash"
        },
        {
            "link --a no-such-namespace --b other", 69,
            "there is no network namespace 'no-such-namespace': /run/netns/no-such-namespace is missing. Make it: sudo "
            + "ip netns add no-such-namespace"
        },
        {
            "link --a {0}/nothing --b other", 69, "there is no network namespace '{0}/nothing': no such file"
        },
    };

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task Wrong_input_has_a_message_and_a_code(string arguments, int exitCode, string message)
    {
        using var error = new StringWriter { NewLine = "\n" };
        var parsed = CommandTree.Parse(InFolder(arguments).Split(' '));

        var code = parsed.Errors.Count > 0
            ? CommandTree.Refuse(parsed, error)
            : await Failures.GuardAsync(() => CommandTree.InvokeAsync(parsed, TextWriter.Null), error);

        Assert.Equal(exitCode, code);
        // After the star are the system's words.
        if (message.EndsWith('*'))
            Assert.StartsWith($"usertcp: {InFolder(message[..^1])}", error.ToString(), StringComparison.Ordinal);
        else
            Assert.Equal($"usertcp: {InFolder(message)}\n", error.ToString());
    }

    private string InFolder(string words) => words
        .Replace("{0}", _folder.FullName, StringComparison.Ordinal)
        .Replace("{1}", Environment.CurrentDirectory, StringComparison.Ordinal);
}
