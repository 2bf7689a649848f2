using System.Diagnostics;
using UserTcp.Cli.Completion;
using Xunit;

namespace UserTcp.Cli.Tests;

/// <summary>What a shell offers at the end of a line, and the scripts that ask for it.</summary>
public sealed class CompletionTests
{
    [Theory]
    [InlineData("usertcp d", "demo doctor")]
    [InlineData("usertcp lab --m", "--msl --mtu")]
    [InlineData("usertcp lesson ha", "half-close handshake")]
    [InlineData("usertcp up --cc ", "bbr cubic newreno")]
    [InlineData("usertcp up --cc c", "cubic")]
    [InlineData("usertcp up --cc=n", "--cc=newreno")]
    [InlineData("usertcp up --syn-cookies a", "always")]
    [InlineData("usertcp up --services ech", "echo")]
    [InlineData("usertcp up --services echo,http", "echo,http echo,https")]
    [InlineData("usertcp up --services=echo,da", "--services=echo,daytime")]
    [InlineData("usertcp ss state est", "established")]
    [InlineData("usertcp completion ", "--help bash fish zsh")]
    [InlineData("usertcp no-such-command --", "--help --version")]
    [InlineData("usertcp nc --u", "")]
    public void A_line_is_completed(string line, string words) =>
        Assert.Equal(words, string.Join(' ', Suggestions.Find(line)));

    [Theory]
    [InlineData("")]
    [InlineData("usertcp")]
    [InlineData("usertcp up --")]
    [InlineData("usertcp up --mtu=")]
    [InlineData("usertcp up ---=,=")]
    [InlineData("usertcp \"up --cc ")]
    [InlineData("usertcp lab -- sh -c ''")]
    [InlineData("usertcp [suggest:3] x")]
    [InlineData("sudo usertcp up --c")]
    public void No_line_is_a_fault(string line) => Assert.NotNull(Suggestions.Find(line));

    [Theory]
    [InlineData("[suggest:14]", "usertcp ss --j and more", "--json\n")]
    [InlineData("[suggest:99]", "usertcp ss --j", "--json\n")]
    public void The_directive_completes_at_the_cursor(string directive, string line, string words)
    {
        using var output = new StringWriter { NewLine = "\n" };

        Assert.True(Suggestions.TryAnswer([directive, line], output));
        Assert.Equal(words, output.ToString());
    }

    [Theory]
    [InlineData("[suggest]", "x")]
    [InlineData("[suggest:-1]", "x")]
    [InlineData("[suggest:x]", "x")]
    [InlineData("ss", "--json")]
    [InlineData("[suggest:1]")]
    public void Other_arguments_are_not_the_directive(params string[] arguments) =>
        Assert.False(Suggestions.TryAnswer(arguments, TextWriter.Null));

    [Theory]
    [InlineData("usertcp lab --m", "--msl --mtu")]
    [InlineData("usertcp up --cc=n", "newreno")]
    [InlineData("/opt/usertcp d", "demo doctor")]
    public void The_script_of_bash_asks_the_command(string line, string words)
    {
        // What bash does for the Tab key, with a command of that name.
        const string Driver =
            """
            usertcp() { dotnet "$PROGRAM" "$@"; }
            /opt/usertcp() { usertcp "$@"; }
            COMP_LINE=$1 COMP_POINT=${#1}
            read -ra COMP_WORDS <<<"${1/=/ = }"
            _usertcp
            echo "${COMPREPLY[*]}"
            """;

        Assert.Equal(words, RunBash($"{CompletionScript.For("bash")}\n{Driver}", line));
    }

    [Theory]
    [InlineData("bash")]
    [InlineData("zsh")]
    [InlineData("fish")]
    public void A_script_is_of_its_shell_and_names_the_directive(string shell)
    {
        Assert.Contains("[suggest:", CompletionScript.For(shell), StringComparison.Ordinal);
        Assert.Contains($"in {shell}:", CompletionScript.For(shell), StringComparison.Ordinal);
        // Where the shell is there, it parses the script.
        if (Programs.Find(shell) is { } program && shell != "fish")
            Assert.Equal((0, ""), Programs.Run(program, ["-n", "-c", CompletionScript.For(shell)]));
    }

    private static string RunBash(string script, string line)
    {
        var start = new ProcessStartInfo("bash", ["-c", script, "bash", line]) { RedirectStandardOutput = true };
        start.Environment["PROGRAM"] = Path.Combine(AppContext.BaseDirectory, "UserTcp.Cli.dll");
        using var bash = Process.Start(start)!;
        var output = bash.StandardOutput.ReadToEnd();
        bash.WaitForExit();
        return output.Trim();
    }
}
