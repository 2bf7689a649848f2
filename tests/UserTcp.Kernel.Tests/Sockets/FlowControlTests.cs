using UserTcp.Engine.Contract;
using UserTcp.Kernel.Tests.Kit;
using Xunit;

namespace UserTcp.Kernel.Tests.Sockets;

/// <summary>A slow reader stops the sender without loss of data (RFC 9293 section 3.8.6).</summary>
public sealed class FlowControlTests
{
    private const int Octets = 1_500_000;

    /// <summary>Short, since zero-window probes start after an RTO.</summary>
    private static readonly TimeSpan ShortRto = TimeSpan.FromMilliseconds(200);

    [Fact]
    public async Task A_slow_reader_on_the_stack_stops_the_kernel()
    {
        const int Window = 20_000;
        await using var link = await KernelLink.StartAsync(new KernelLinkOptions
        {
            Engine = new EngineOptions
            {
                ReceiveBufferSize = Window,
                MaxSegmentLifetime = TimeSpan.FromMilliseconds(50),
            },
        });
        var (kernel, connection) = await link.KernelOpensAsync();
        using var _ = kernel;
        var data = Payload.Random(Octets, seed: 1);
        var sending = kernel.SendAllAsync(data);

        await Until.TrueAsync(() => connection.GetInfo() is { RcvWnd: < 1460, ReceiveQueue: > Window - 1460 });
        Assert.InRange(connection.GetInfo().ReceiveQueue, 1, Window);

        Assert.Equal(Payload.Hash(data), await connection.GetStream().HashToEndAsync());
        await sending;
        link.AssertNothingWentWrong();
    }

    [Fact]
    [Trait("RFC9293", "MUST-35")]
    [Trait("RFC9293", "MUST-36")]
    public async Task A_slow_reader_on_the_kernel_stops_the_stack()
    {
        await using var link = await KernelLink.StartAsync(new KernelLinkOptions { Rto = ShortRto });
        var (kernel, connection) = await link.KernelOpensAsync(prepare: socket => socket.ReceiveBufferSize = 8192);
        using var stream = kernel.AsStream();
        var data = Payload.Random(Octets, seed: 2);
        var sending = connection.SendAllAsync(data);

        // The window is closed: the stack sends zero-window probes.
        await Until.TrueAsync(() => connection.GetInfo().SndWnd == 0);
        await Until.TrueAsync(() => link.Count(Counter.ZeroWindowProbes) > 1);

        Assert.Equal(Payload.Hash(data), await stream.HashToEndAsync());
        await sending;
        Assert.Equal(0, link.Count(Counter.RetransmissionTimeouts));
    }

    [Fact]
    public async Task A_window_that_opens_and_closes_many_times_loses_nothing()
    {
        await using var link = await KernelLink.StartAsync(new KernelLinkOptions
        {
            Rto = ShortRto,
            Engine = new EngineOptions
            {
                ReceiveBufferSize = 4096,
                SendBufferSize = 4096,
                MaxSegmentLifetime = TimeSpan.FromMilliseconds(50),
            },
        });
        var (kernel, connection) = await link.KernelOpensAsync(prepare: socket => socket.ReceiveBufferSize = 4096);
        using var stream = kernel.AsStream();
        var data = Payload.Random(150_000, seed: 3);
        var sending = Task.WhenAll(kernel.SendAllAsync(data), connection.SendAllAsync(data));

        var received = Task.WhenAll(ReadInSipsAsync(connection.GetStream()), ReadInSipsAsync(stream));

        Assert.All(await received.OrFail(), octets => Assert.Equal(Payload.Hash(data), Payload.Hash(octets)));
        await sending;
    }

    [Theory]
    [InlineData(Opener.Kernel)]
    [InlineData(Opener.Stack)]
    [Trait("RFC", "7323 section 2")]
    public async Task Windows_beyond_64_KB_are_scaled(Opener opener)
    {
        await using var link = await KernelLink.StartAsync(new KernelLinkOptions
        {
            Engine = new EngineOptions
            {
                ReceiveBufferSize = 1 << 20,
                MaxSegmentLifetime = TimeSpan.FromMilliseconds(50),
            },
        });
        var (kernel, connection) = await link.OpenAsync(opener);
        using var _ = kernel;
        var data = Payload.Random(700_000, seed: 4);

        // The application does not read, but the window has room for all of it.
        await kernel.SendAllAsync(data);
        await Until.TrueAsync(() => connection.GetInfo().ReceiveQueue == data.Length);

        Assert.Equal(data, await connection.GetStream().ReadToEndAsync());
        link.AssertNothingWentWrong();
    }

    [Theory]
    [InlineData(Opener.Kernel)]
    [InlineData(Opener.Stack)]
    public async Task Without_window_scaling_of_the_kernel_none_is_used(Opener opener)
    {
        await using var link = await KernelLink.StartAsync();
        await link.Network.RunAsync("sysctl", "-q", "-w", "net.ipv4.tcp_window_scaling=0");
        var (kernel, connection) = await link.OpenAsync(opener);
        using var stream = kernel.AsStream();
        Assert.InRange(connection.GetInfo().SndWnd, 1u, 65_535u);
        var data = Payload.Random(Octets, seed: 5);

        var received = stream.HashToEndAsync();
        var receivedHere = connection.GetStream().HashToEndAsync();
        await Task.WhenAll(kernel.SendAllAsync(data), connection.SendAllAsync(data)).OrFail();

        Assert.Equal(Payload.Hash(data), await received);
        Assert.Equal(Payload.Hash(data), await receivedHere);
        link.AssertNothingWentWrong();
    }

    [Theory]
    [InlineData("tcp_sack")]
    [InlineData("tcp_timestamps")]
    [InlineData("tcp_ecn")]
    public async Task Other_sysctls_of_the_kernel_work(string setting)
    {
        await using var link = await KernelLink.StartAsync();
        var value = setting == "tcp_ecn" ? 1 : 0;
        await link.Network.RunAsync("sysctl", "-q", "-w", $"net.ipv4.{setting}={value}");
        foreach (var opener in Enum.GetValues<Opener>())
        {
            var (kernel, connection) = await link.OpenAsync(opener);
            using var stream = kernel.AsStream();
            var data = Payload.Random(200_000, seed: 6);
            await Task.WhenAll(kernel.SendAllAsync(data), connection.SendAllAsync(data)).OrFail();
            Assert.Equal(Payload.Hash(data), await stream.HashToEndAsync());
            Assert.Equal(Payload.Hash(data), await connection.GetStream().HashToEndAsync());
        }

        link.AssertNothingWentWrong();
    }

    private static async Task<byte[]> ReadInSipsAsync(Stream stream)
    {
        using var all = new MemoryStream();
        var sip = new byte[977];
        int count;
        while ((count = await stream.ReadAsync(sip).OrFail()) > 0)
            all.Write(sip, 0, count);
        return all.ToArray();
    }
}
