using System.CommandLine;
using UserTcp.Cli.Manual;
using Xunit;

namespace UserTcp.Cli.Tests;

/// <summary>The manual page has every command and option of --help, and renders without a warning.</summary>
public sealed class ManualPageTests
{
    private static readonly Command Root = CommandTree.Parse([]).RootCommandResult.Command;

    private static readonly string Page = ManualPage.Write(Root, "1.2.3");

    public static TheoryData<string> Commands => [.. Root.Subcommands.Select(command => command.Name)];

    [Theory]
    [MemberData(nameof(Commands))]
    public void Every_command_is_on_it_with_every_option_and_argument(string name)
    {
        var command = Root.Subcommands.Single(command => command.Name == name);
        var section = Page.Split($".SS \"usertcp {name}\"\n")[1].Split("\n.SS ")[0].Split("\n.SH ")[0];

        Assert.StartsWith(Roff.Escape(command.Description!), section, StringComparison.Ordinal);
        Assert.All(
            command.Options.Where(option => !option.Hidden),
            option => Assert.Contains($"{Roff.Bold(option.Name)}", section, StringComparison.Ordinal));
        Assert.All(
            command.Arguments,
            argument => Assert.Contains(Roff.Italic(argument.Name), section, StringComparison.Ordinal));
        Assert.DoesNotContain("--udp", section, StringComparison.Ordinal);
    }

    [Fact]
    public void No_line_but_a_macro_begins_with_a_dot() => Assert.All(
        Page.Split('\n').Where(line => line is ['.' or '\'', ..]),
        line => Assert.Matches("^\\.(TH|SH|SS|TP|PP|RS|RE|EX|EE|br|nh|ad l)\\b", line));

    [Theory]
    [InlineData("a-b\\c", "a\\-b\\ec")]
    [InlineData("'quoted'", "\\(aqquoted\\(aq")]
    public void Characters_of_roff_are_escaped(string plain, string escaped) =>
        Assert.Equal(escaped, Roff.Escape(plain));

    [Fact]
    public void A_line_that_would_be_a_macro_is_none()
    {
        var roff = new Roff();
        roff.Line(".TH is here");

        Assert.Equal("\\&.TH is here\n", roff.ToString());
    }

    [Fact]
    public void It_renders_without_a_warning()
    {
        if (Programs.Find("groff") is not { } groff)
        {
            Assert.Skip("'groff' is missing (package groff-base)");
            return;
        }

        var folder = Directory.CreateTempSubdirectory("usertcp-man-");
        try
        {
            var file = Path.Combine(folder.FullName, "usertcp.1");
            File.WriteAllText(file, Page);
            var (exitCode, output) = Programs.Run(
                groff, ["-man", "-Tutf8", "-ww", "-P-cbou", "-rLL=80n", file], ("LC_ALL", "C.UTF-8"));

            Assert.Equal(0, exitCode);
            Assert.DoesNotContain("warning:", output, StringComparison.Ordinal);
            Assert.Contains("--impair", output, StringComparison.Ordinal);
            Assert.Contains("EXIT STATUS", output, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
