using System.Text.RegularExpressions;
using UserTcp.Kernel.Tests.Kit;
using Xunit;

namespace UserTcp.Kernel.Tests.Programs;

/// <summary>`usertcp ss` and `usertcp watch` where two stacks of one user run.</summary>
public sealed class SeveralStacksTests : IDisposable
{
    private readonly PrivateNetwork _network = new();
    private readonly TemporaryFolder _runtime = new();

    public void Dispose()
    {
        _network.Dispose();
        _runtime.Dispose();
    }

    [Fact]
    public async Task The_one_that_is_meant_has_to_be_named()
    {
        using var first = await UpAsync("ut0", "198.18.0.2", "198.18.0.1/24");
        using var second = await UpAsync("ut1", "198.18.1.2", "198.18.1.1/24");

        var unnamed = await RunAsync("ss");
        var byDevice = await RunAsync("ss", "--stack", "ut1", "-H", "sport = :echo");
        var watch = await RunAsync("watch", "--stack", "ut7");

        Assert.Equal(64, unnamed.ExitCode);
        Assert.Matches(
            "^usertcp: 2 stacks run: choose one with --stack: ut[01] [(]pid \\d+, 198.18.[01].2[)], ut[01] [(]pid "
            + "\\d+, 198.18.[01].2[)]\n$",
            unnamed.Errors);
        var id = Regex.Match(unnamed.Errors, "ut0 [(]pid (\\d+)").Groups[1].Value;
        var byProcess = await RunAsync("ss", "--stack", id, "-l");
        Assert.Equal("LISTEN  0  512  [::]:7  *:*\n", byDevice.MustSucceed());
        Assert.Contains("[::]:7", byProcess.MustSucceed(), StringComparison.Ordinal);
        Assert.Equal(64, watch.ExitCode);
        Assert.StartsWith(
            "usertcp: --stack: no stack 'ut7' runs for this user: choose from ", watch.Errors,
            StringComparison.Ordinal);
    }

    private async Task<Child> UpAsync(string device, string address, string peer)
    {
        var up = _network.Start(UserTcpCommand.Options(
            _runtime, "up", "--services", "echo", "--device", device, "--address", address, "--peer", peer));
        Assert.StartsWith($"ready {device} {address} ", await up.FirstLineAsync(), StringComparison.Ordinal);
        return up;
    }

    private async Task<ChildResult> RunAsync(params string[] arguments)
    {
        using var child = _network.Start(UserTcpCommand.Options(_runtime, arguments));
        return await child.EndAsync();
    }
}
