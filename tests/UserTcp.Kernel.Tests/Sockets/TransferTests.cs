using System.Net;
using System.Net.Sockets;
using UserTcp.Engine.Contract;
using UserTcp.Kernel.Tests.Kit;
using Xunit;

namespace UserTcp.Kernel.Tests.Sockets;

/// <summary>
/// Connections and data between the kernel's sockets and the stack, with either side as the opener, in both families.
/// </summary>
public sealed class TransferTests
{
    private const int Octets = 3_000_000;

    // Timestamps are on each segment (RFC 7323 section 3.2) and reduce its payload.
    private const int TimestampsLength = 12;

    [Theory]
    [InlineData(Opener.Kernel, AddressFamily.InterNetwork)]
    [InlineData(Opener.Kernel, AddressFamily.InterNetworkV6)]
    [InlineData(Opener.Stack, AddressFamily.InterNetwork)]
    [InlineData(Opener.Stack, AddressFamily.InterNetworkV6)]
    public async Task Each_end_has_the_address_of_the_other(Opener opener, AddressFamily family)
    {
        await using var link = await KernelLink.StartAsync();
        var (kernel, connection) = await link.OpenAsync(opener, family);
        using (kernel)
        {
            Assert.Equal(kernel.LocalEndPoint, connection.RemoteEndPoint);
            Assert.Equal(kernel.RemoteEndPoint, connection.LocalEndPoint);
            Assert.Equal(KernelLink.StackAddress(family), connection.LocalEndPoint.Address);
            Assert.Equal(TcpState.Established, connection.State());
            Assert.Equal(
                [KernelTable.Established],
                link.Network.States(((IPEndPoint)kernel.LocalEndPoint!).Port).Except([KernelTable.Listen]));
        }
    }

    [Theory]
    [InlineData(Opener.Kernel, AddressFamily.InterNetwork)]
    [InlineData(Opener.Kernel, AddressFamily.InterNetworkV6)]
    [InlineData(Opener.Stack, AddressFamily.InterNetwork)]
    [InlineData(Opener.Stack, AddressFamily.InterNetworkV6)]
    public async Task Megabytes_go_both_ways_at_once(Opener opener, AddressFamily family)
    {
        await using var link = await KernelLink.StartAsync();
        var (kernel, connection) = await link.OpenAsync(opener, family);
        await ExchangeAsync(kernel, connection, Octets, Octets);

        await link.NothingLeftAsync();
        link.AssertNothingWentWrong();
    }

    [Theory]
    [InlineData(576)]
    [InlineData(1280)]
    [InlineData(1500)]
    [InlineData(9000)]
    [InlineData(65_535)]
    [Trait("SynCookies", "never")]
    public async Task Links_of_any_MTU_carry_data(int mtu)
    {
        await using var link = await KernelLink.StartAsync(new KernelLinkOptions { Mtu = mtu });
        foreach (var family in new[] { AddressFamily.InterNetwork, AddressFamily.InterNetworkV6 })
        {
            if (mtu < 1280 && family == AddressFamily.InterNetworkV6)
                continue;
            foreach (var opener in Enum.GetValues<Opener>())
            {
                var (kernel, connection) = await link.OpenAsync(opener, family);
                var headers = (family == AddressFamily.InterNetwork ? 20 : 40) + 20;
                Assert.Equal(mtu - headers - TimestampsLength, connection.GetInfo().SendMss);
                await ExchangeAsync(kernel, connection, 600_000, 600_001);
            }
        }

        await link.NothingLeftAsync();
        link.AssertNothingWentWrong();
    }

    [Fact]
    [Trait("SynCookies", "never")]
    public async Task The_smaller_MSS_counts()
    {
        await using var link = await KernelLink.StartAsync();
        const int MaxSegment = 700;
        var (kernel, connection) = await link.KernelOpensAsync(
            prepare: socket => socket.SetRawSocketOption(
                (int)SocketOptionLevel.Tcp, TcpMaxSegment, BitConverter.GetBytes(MaxSegment)));

        Assert.Equal(MaxSegment - TimestampsLength, connection.GetInfo().SendMss);
        await ExchangeAsync(kernel, connection, 100_000, 100_000);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Small_writes_arrive_as_one_stream(bool noDelay)
    {
        await using var link = await KernelLink.StartAsync();
        var (kernel, connection) = await link.KernelOpensAsync();
        kernel.NoDelay = noDelay;
        connection.NoDelay = noDelay;
        var data = Payload.Random(5000, seed: 5);
        using var stream = kernel.AsStream();

        var fromStack = stream.ReadExactlyAsync(data.Length);
        var fromKernel = connection.GetStream().ReadExactlyAsync(data.Length);
        for (var i = 0; i < data.Length; i += 5)
        {
            await connection.GetStream().WriteAsync(data.AsMemory(i, 5)).OrFail();
            await stream.WriteAsync(data.AsMemory(i, 5)).OrFail();
        }

        Assert.Equal(data, await fromStack);
        Assert.Equal(data, await fromKernel);
        link.AssertNothingWentWrong();
    }

    [Fact]
    public async Task Request_and_response_do_not_wait_for_a_timer()
    {
        await using var link = await KernelLink.StartAsync();
        var (kernel, connection) = await link.KernelOpensAsync();
        (kernel.NoDelay, connection.NoDelay) = (true, true);
        using var stream = kernel.AsStream();
        const int Rounds = 500;
        var started = System.Diagnostics.Stopwatch.GetTimestamp();

        for (var round = 0; round < Rounds; round++)
        {
            await stream.WriteAsync(new byte[] { (byte)round }).OrFail();
            Assert.Equal((byte)round, Assert.Single(await connection.GetStream().ReadExactlyAsync(1)));
            await connection.GetStream().WriteAsync(new byte[] { (byte)~round }).OrFail();
            Assert.Equal((byte)~round, Assert.Single(await stream.ReadExactlyAsync(1)));
        }

        // With a delayed ACK in each round this would take 20 s.
        Assert.True(System.Diagnostics.Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(10));
        link.AssertNothingWentWrong();
    }

    [Fact]
    public async Task One_write_may_be_larger_than_every_buffer()
    {
        await using var link = await KernelLink.StartAsync(new KernelLinkOptions
        {
            Engine = new EngineOptions
            {
                SendBufferSize = 20_000,
                ReceiveBufferSize = 20_000,
                MaxSegmentLifetime = TimeSpan.FromMilliseconds(50),
            },
        });
        var (kernel, connection) = await link.KernelOpensAsync();
        await ExchangeAsync(kernel, connection, Octets, Octets);
        await link.NothingLeftAsync();
        link.AssertNothingWentWrong();
    }

    private const int TcpMaxSegment = 2;

    private static async Task ExchangeAsync(Socket kernel, UserTcpConnection connection, int fromKernel, int fromStack)
    {
        var (up, down) = (Payload.Random(fromKernel, seed: 1), Payload.Random(fromStack, seed: 2));
        using var stream = kernel.AsStream();
        await using (connection)
        {
            var receivedHere = connection.GetStream().HashToEndAsync();
            var receivedThere = stream.HashToEndAsync();
            await Task.WhenAll(kernel.SendAllAsync(up), connection.SendAllAsync(down)).OrFail();
            Assert.Equal(Payload.Hash(up), await receivedHere);
            Assert.Equal(Payload.Hash(down), await receivedThere);
        }
    }
}
