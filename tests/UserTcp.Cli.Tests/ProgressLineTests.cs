using UserTcp.Cli.Tests.Kit;
using Xunit;

namespace UserTcp.Cli.Tests;

/// <summary>Progress: one line on a terminal, and nothing anywhere else.</summary>
public sealed class ProgressLineTests : IDisposable
{
    private readonly StringWriter _terminal = new();
    private readonly ManualTime _time = new();

    public void Dispose() => _terminal.Dispose();

    [Fact]
    public void The_line_is_rewritten_in_place_and_removed_at_the_end()
    {
        using (var progress = new ProgressLine(_terminal, 80, _time))
        {
            _time.AdvanceSeconds(1);
            progress.Report("100 of 1000");
            _time.AdvanceSeconds(1);
            progress.Report("done");
        }

        Assert.Equal("\r100 of 1000\rdone       \r    \r", _terminal.ToString());
    }

    [Fact]
    public void Reports_that_follow_at_once_are_left_out()
    {
        using var progress = new ProgressLine(_terminal, 80, _time);
        progress.Report("too early");
        _time.AdvanceSeconds(1);
        progress.Report("1");
        progress.Report("2");

        Assert.Equal("\r1", _terminal.ToString());
    }

    [Fact]
    public void A_line_is_never_as_wide_as_the_terminal()
    {
        using var progress = new ProgressLine(_terminal, 10, _time);
        _time.AdvanceSeconds(1);
        progress.Report("0123456789abcdef");

        Assert.Equal("\r012345678", _terminal.ToString());
    }

    [Fact]
    public async Task A_pipe_gets_none()
    {
        using var program = new CliProcess();

        var outcome = await program.RunAsync(["sim", "--seeds", "300"]);

        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
    }
}
