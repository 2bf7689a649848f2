using System.Net;
using Microsoft.Extensions.Logging;
using UserTcp.Hosting.Tests.Capture;
using UserTcp.Hosting.Tests.Kit;
using UserTcp.Wire;
using Xunit;

namespace UserTcp.Hosting.Tests.Hosting;

/// <summary>A fault that resets a connection is logged once, with a capture of the connection's last frames.</summary>
public sealed class FaultCaptureTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("usertcp-faults-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task The_log_names_a_capture_with_the_frames_of_the_connection()
    {
        var entry = await FaultAsync(_ => { });

        var file = Assert.Single(Directory.GetFiles(_folder));
        Assert.Equal(LogLevel.Error, entry.Level);
        Assert.Contains(file, entry.Message, StringComparison.Ordinal);
        Assert.Contains("198.18.0.2:7 198.18.0.1:", entry.Message, StringComparison.Ordinal);
        Assert.IsType<InvalidDataException>(entry.Exception);
        var capture = PcapngFile.Parse(await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken));
        Assert.InRange(capture.Packets.Count, 5, 64);
        var (syn, answer, last) = (capture.Packets[0], capture.Packets[1], capture.Packets[^2]);
        Assert.Equal((false, true), (syn.IsOutbound, answer.IsOutbound));
        Assert.Equal(TcpFlags.Syn, (TcpFlags)syn.Captured[33]);
        Assert.Equal(TcpFlags.Syn | TcpFlags.Ack, (TcpFlags)answer.Captured[33]);
        Assert.Equal(
            (true, TcpFlags.Rst | TcpFlags.Ack),
            (capture.Packets[^1].IsOutbound, (TcpFlags)capture.Packets[^1].Captured[33]));
        // One byte of data, which is not in the file.
        Assert.Equal((false, last.Captured.Length + 1), (last.IsOutbound, last.Length));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
    }

    [Fact]
    public async Task A_folder_with_max_captures_gets_no_more()
    {
        await File.WriteAllTextAsync(
            Path.Combine(_folder, "usertcp-fault-1.pcapng"), "", TestContext.Current.CancellationToken);

        var entry = await FaultAsync(options => options.MaxFaultCaptures = 1);

        Assert.Single(Directory.GetFiles(_folder));
        Assert.Contains(
            $"not written, as {_folder} has 1 such files already (MaxFaultCaptures)", entry.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_captures_the_log_says_so()
    {
        var entry = await FaultAsync(options => options.MaxFaultCaptures = 0);

        Assert.Empty(Directory.GetFiles(_folder));
        Assert.EndsWith("not kept", entry.Message, StringComparison.Ordinal);
    }

    private async Task<LogEntry> FaultAsync(Action<UserTcpOptions> configure)
    {
        await using var network = await Network.CreateAsync();
        using var log = new LogBook();
        using var host = Hosts.Build(
            network,
            options =>
            {
                options.InlineContinuations = true;
                options.FaultCaptureFolder = _folder;
                configure(options);
            },
            log: log);
        await host.StartAsync(TestContext.Current.CancellationToken);
        var stack = await host.StackAsync();
        await using var listener = await stack.ListenAsync(new IPEndPoint(Network.HostIPv4, 7)).OrFail();
        await using var client = await network.ConnectAsync(7);
        var server = await listener.AcceptConnectionAsync().OrFail();
#pragma warning disable CA2012 // A continuation throws on the loop's own thread, not a task.
        var waiting = server.GetStream().ReadAsync(new byte[1]).ConfigureAwait(false).GetAwaiter();
#pragma warning restore CA2012
        waiting.UnsafeOnCompleted(static () => throw new InvalidDataException("uncaught"));
        await client.GetStream().WriteAsync(new byte[1], TestContext.Current.CancellationToken);
        await Until.TrueAsync(() => log.Entries.Any(entry => entry.Level == LogLevel.Error), "the fault is logged");
        await host.StopAsync(TestContext.Current.CancellationToken);
        return Assert.Single(log.Entries, entry => entry.Level == LogLevel.Error);
    }
}
