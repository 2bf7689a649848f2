using System.Net.Sockets;
using UserTcp.Engine.Contract;
using UserTcp.Kernel.Tests.Kit;
using Xunit;

namespace UserTcp.Kernel.Tests.Sockets;

/// <summary>Not in parallel: descriptors are counted for the whole process.</summary>
[CollectionDefinition("Alone", DisableParallelization = true)]
public sealed class Alone;

/// <summary>Thousands of short connections leak nothing.</summary>
[Collection("Alone")]
public sealed class ManyConnectionsTests
{
    [Theory]
    [InlineData(5000, 1, false)]
    [InlineData(5000, 1, true)]
    [InlineData(6400, 64, false)]
    [InlineData(6400, 64, true)]
    public async Task Short_connections_leave_nothing_behind(int count, int atOnce, bool stackCloses)
    {
        await using var link = await KernelLink.StartAsync(new KernelLinkOptions
        {
            Engine = new EngineOptions { MaxSegmentLifetime = TimeSpan.FromMilliseconds(100) },
        });
        await using var listener = await link.ListenAsync();
        await Task.WhenAll(ServeAsync(listener, 64, stackCloses), AskAsync(link, listener, 64, stackCloses)).OrFail();
        var before = Descriptors();

        var serving = ServeAsync(listener, count, stackCloses);
        var each = count / atOnce;
        await Task.WhenAll(
            Enumerable.Range(0, atOnce).Select(_ => AskAsync(link, listener, each, stackCloses)).Append(serving))
            .OrFail();

        await link.NothingLeftAsync();
        Assert.Equal(count + 64, link.Count(Counter.PassiveOpens));
        Assert.Equal(stackCloses ? count + 64 : 0, link.Count(Counter.TimeWaits));
        Assert.Equal(0, link.Count(Counter.ResetsSent));
        link.AssertNothingWentWrong();
        await NothingIsLeftAsync(before);
    }

    [Fact]
    public async Task Networks_devices_and_stacks_leave_no_descriptor_behind()
    {
        await OneAsync();
        var before = Descriptors();
        for (var round = 0; round < 10; round++)
            await OneAsync();

        await NothingIsLeftAsync(before);

        static async Task OneAsync()
        {
            await using var link = await KernelLink.StartAsync();
            var (kernel, connection) = await link.KernelOpensAsync();
            kernel.Dispose();
            await connection.DisposeAsync();
        }
    }

    [Fact]
    public void Refused_devices_leave_no_descriptor_behind()
    {
        using var network = new PrivateNetwork();
        var before = Descriptors();

        network.Inside(() =>
        {
            foreach (var options in new UserTcp.Tun.TunDeviceOptions[]
            {
                new() { Name = "lo" }, new() { ClonePath = "/dev/null" }, new() { Name = "" }
            })
            {
                Assert.Throws<UserTcp.Tun.TunException>(() => UserTcp.Tun.TunDevice.Open(options));
            }
        });

        Assert.Equal(before.Length, Descriptors().Length);
    }

    /// <summary>
    /// What the open descriptors of the process refer to. Not the assemblies: the runtime keeps a descriptor of each,
    /// and loads one when code first needs it.
    /// </summary>
    private static string[] Descriptors()
    {
        var targets = Directory.EnumerateFileSystemEntries("/proc/self/fd")
            .Select(path => new FileInfo(path).LinkTarget ?? path);
        return [.. targets.Where(target => !target.EndsWith(".dll", StringComparison.Ordinal)).Order()];
    }

    private static Task NothingIsLeftAsync(string[] before) => Until.TrueAsync(
        () => Descriptors().Length <= before.Length,
        state: () => $"before: {string.Join(' ', before)}; now: {string.Join(' ', Descriptors())}");

    private static async Task ServeAsync(UserTcpListener listener, int count, bool stackCloses)
    {
        var answers = new List<Task>(count);
        for (var i = 0; i < count; i++)
            answers.Add(AnswerAsync(await listener.AcceptConnectionAsync().OrFail(), stackCloses));
        await Task.WhenAll(answers);
    }

    private static async Task AnswerAsync(UserTcpConnection connection, bool stackCloses)
    {
        await using (connection)
        {
            var buffer = new byte[16];
            var count = await connection.GetStream().ReadAsync(buffer);
            await connection.GetStream().WriteAsync(buffer.AsMemory(0, count));
            if (!stackCloses)
                Assert.Equal(0, await connection.GetStream().ReadAsync(buffer));
        }
    }

    private static async Task AskAsync(KernelLink link, UserTcpListener listener, int count, bool stackCloses)
    {
        const int Batch = 100;
        var buffer = new byte[16];
        for (var left = count; left > 0; left -= Batch)
        {
            foreach (var socket in link.Network.NewSockets(AddressFamily.InterNetwork, Math.Min(left, Batch)))
            {
                using (socket)
                {
                    await socket.ConnectAsync(listener.LocalEndPoint);
                    await socket.SendAsync("hello"u8.ToArray());
                    Assert.Equal(5, await socket.ReceiveAsync(buffer));
                    if (stackCloses)
                        Assert.Equal(0, await socket.ReceiveAsync(buffer));
                }
            }
        }
    }
}
