using UserTcp.Cli.Control;
using Xunit;

namespace UserTcp.Cli.Tests;

/// <summary>Which of several running stacks `ss` and `watch` ask.</summary>
public sealed class StackChoiceTests
{
    private static readonly (string, StackNotice)[] Running =
    [
        ("/a", new StackNotice(10, "ut0", ["198.18.0.2"])),
        ("/b", new StackNotice(20, "ut1", ["198.18.1.2", "2001:db8::2"])),
        ("/c", new StackNotice(30, "ut1", ["198.18.2.2"])),
    ];

    [Theory]
    [InlineData("ut0", "/a")]
    [InlineData("10", "/a")]
    [InlineData("30", "/c")]
    public void A_device_or_a_process_names_one(string name, string path) =>
        Assert.Equal(path, StackChoice.Choose(Running, name));

    [Fact]
    public void One_alone_needs_no_name() => Assert.Equal("/b", StackChoice.Choose([Running[1]], null));

    [Theory]
    [InlineData(null)]
    [InlineData("ut0")]
    public void Where_none_answers_there_is_no_choice(string? name)
    {
        var refusal = Assert.Throws<CommandException>(() => StackChoice.Choose([], name));

        Assert.Equal(ExitCode.Failure, refusal.ExitCode);
        Assert.StartsWith("no stack of this user answers", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(
        null,
        "3 stacks run: choose one with --stack: ut0 (pid 10, 198.18.0.2), ut1 (pid 20, 198.18.1.2 2001:db8::2), ut1 "
        + "(pid 30, 198.18.2.2)")]
    [InlineData(
        "ut1",
        "--stack: 2 stacks have the device 'ut1': choose by process id: ut1 (pid 20, 198.18.1.2 2001:db8::2), ut1 "
        + "(pid 30, 198.18.2.2)")]
    [InlineData(
        "ut",
        "--stack: no stack 'ut' runs for this user: choose from ut0 (pid 10, 198.18.0.2), ut1 (pid 20, 198.18.1.2 "
        + "2001:db8::2), ut1 (pid 30, 198.18.2.2)")]
    public void Anything_else_is_refused_with_the_choices(string? name, string message)
    {
        var refusal = Assert.Throws<CommandException>(() => StackChoice.Choose(Running, name));

        Assert.Equal((ExitCode.Usage, message), (refusal.ExitCode, refusal.Message));
    }
}
