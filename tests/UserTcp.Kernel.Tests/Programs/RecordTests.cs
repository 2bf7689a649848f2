using UserTcp.Kernel.Tests.Kit;
using Xunit;

namespace UserTcp.Kernel.Tests.Programs;

/// <summary>A run against the kernel is recorded, and its replay is equal.</summary>
public sealed class RecordTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("loss=3%,delay=5ms,seed=1")]
    [InlineData("loss=2%,delay=5ms,reorder=5%,dup=2%,corrupt=1%,seed=2")]
    [InlineData(null)]
    public async Task A_run_against_the_kernel_replays_equal(string? impair)
    {
        Need.Programs("curl");
        var file = Path.Combine(_folder.Path, "run.utr");
        string[] link = impair is null ? [] : ["--impair", impair];

        var lab = await UserTcpCommand.RunAsync(
            _folder,
            [
                "lab", .. link, "--record", file, "--", "curl", "-sS", "-o", "/dev/null",
                "http://198.18.0.2/bytes/300K",
            ]);
        Assert.Equal((0, ""), (lab.ExitCode, lab.Errors));
        var check = await UserTcpCommand.RunAsync(_folder, ["replay", file, "--check"]);

        Assert.Equal((0, ""), (check.ExitCode, check.Errors));
        Assert.Matches("^equal: [0-9]+ events, [0-9]+ frames\n$", check.StandardOutput);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
    }

    [Fact]
    public async Task A_recording_of_several_queues_replays_equal()
    {
        Need.Programs("curl");
        var file = Path.Combine(_folder.Path, "run.utr");
        const string Urls = "http://198.18.0.2/bytes/200K http://198.18.0.2/bytes/200K http://198.18.0.2/bytes/200K";

        var lab = await UserTcpCommand.RunAsync(
            _folder, "lab", "--queues", "3", "--record", file, "--", "sh", "-c",
            $"curl -sZ --parallel-immediate {Urls} 2>/dev/null | wc -c");
        Assert.Equal((0, ""), (lab.ExitCode, lab.Errors));
        var check = await UserTcpCommand.RunAsync(_folder, ["replay", file, "--check"]);

        Assert.Equal((0, ""), (check.ExitCode, check.Errors));
    }

    [Fact]
    public async Task At_its_max_size_the_recording_ends_and_the_stack_goes_on()
    {
        Need.Programs("curl");
        var file = Path.Combine(_folder.Path, "run.utr");

        var lab = await UserTcpCommand.RunAsync(
            _folder, "lab", "--record", file, "--record-max", "1", "--", "sh", "-c",
            "curl -sS http://198.18.0.2/bytes/3M | wc -c");

        Assert.Equal((0, "3145728"), (lab.ExitCode, lab.StandardOutput.Trim()));
        Assert.Contains(
            "has ended: the recording has its max length of 1,048,576 bytes", lab.Errors, StringComparison.Ordinal);
        var check = await UserTcpCommand.RunAsync(_folder, ["replay", file, "--check"]);
        Assert.Equal(0, check.ExitCode);
        Assert.Contains("ends before the stack did", check.Errors, StringComparison.Ordinal);
    }
}
