using System.Net;
using UserTcp.Hosting.Tests.Kit;
using Xunit;

namespace UserTcp.Hosting.Tests.Hosting;

/// <summary>The option RecordFile records a host's stack.</summary>
public sealed class RecordFileTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("usertcp-record-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_recording_of_the_host_replays_equal()
    {
        var path = Path.Combine(_folder.FullName, "run.utr");
        await RunAsync(options => options.RecordFile = path, log: null);

        using var replay = UserTcpReplay.Open(File.OpenRead(path));
        while (replay.TryRead(out _))
        {
            // To the end.
        }

        Assert.Null(replay.Difference);
        Assert.True(replay.IsComplete);
        Assert.InRange(replay.Frames, 2, 100);
    }

    [Fact]
    public async Task The_log_says_that_the_recording_has_ended()
    {
        var path = Path.Combine(_folder.FullName, "run.utr");
        var log = new LogBook();

        await RunAsync(
            options => (options.RecordFile, options.MaxRecordLength) = (path, 4096), log);

        Assert.Single(
            log.Own,
            message => message == $"Error: The recording to {path} has ended: the recording has its max length of "
                + "4,096 bytes; the stack goes on");
    }

    private static async Task RunAsync(Action<UserTcpOptions> configure, LogBook? log)
    {
        await using var network = await Network.CreateAsync();
        using var host = Hosts.Build(network, configure, log: log);
        await host.StartAsync(TestContext.Current.CancellationToken);
        var stack = await host.StackAsync();
        await using var listener = await stack.ListenAsync(
            new IPEndPoint(Network.HostIPv4, 7), TestContext.Current.CancellationToken);
        await using (var connection = await network.ConnectAsync(7))
        await using (var accepted = await listener.AcceptConnectionAsync().OrFail())
        {
            await connection.GetStream().WriteAsync(new byte[5000], TestContext.Current.CancellationToken);
            await accepted.GetStream().ReadExactlyAsync(new byte[5000], TestContext.Current.CancellationToken);
        }

        await host.StopAsync(TestContext.Current.CancellationToken);
        Assert.True(stack.Completion.IsCompletedSuccessfully);
    }
}
