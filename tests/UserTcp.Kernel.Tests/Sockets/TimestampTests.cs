using System.Globalization;
using System.Net.Sockets;
using UserTcp.Engine.Contract;
using UserTcp.Kernel.Tests.Kit;
using Xunit;

namespace UserTcp.Kernel.Tests.Sockets;

/// <summary>Timestamps (RFC 7323) with the kernel, which uses them by default.</summary>
[Trait("RFC", "7323 section 3.2")]
public sealed class TimestampTests
{
    private const int Octets = 3_000_000;

    // Of struct tcp_info (include/uapi/linux/tcp.h): TCP_INFO, tcpi_options, TCPI_OPT_TIMESTAMPS.
    private const int TcpInfoOption = 11;
    private const int InfoOptions = 5;
    private const int InfoTimestamps = 1;

    [Theory]
    [InlineData(Opener.Kernel, AddressFamily.InterNetwork, true)]
    [InlineData(Opener.Kernel, AddressFamily.InterNetworkV6, true)]
    [InlineData(Opener.Stack, AddressFamily.InterNetwork, true)]
    [InlineData(Opener.Stack, AddressFamily.InterNetworkV6, true)]
    [InlineData(Opener.Kernel, AddressFamily.InterNetwork, false)]
    [InlineData(Opener.Stack, AddressFamily.InterNetworkV6, false)]
    public async Task Both_use_them_and_megabytes_go_both_ways_at_once(
        Opener opener, AddressFamily family, bool offload)
    {
        await using var link = await StartAsync(offload);
        var (kernel, connection) = await link.OpenAsync(opener, family);
        using var stream = kernel.AsStream();
        await using (connection)
        {
            Assert.True(UsesTimestamps(kernel));
            var info = connection.GetInfo();
            Assert.Equal(
                (true, 1500 - (family == AddressFamily.InterNetwork ? 20 : 40) - 20 - 12),
                (info.Timestamps, info.SendMss));
            await ExchangeAsync(kernel, stream, connection);
        }

        await link.NothingLeftAsync();
        link.AssertNothingWentWrong();
        Assert.Equal((0, ""), (link.Count(Counter.DroppedPaws), PawsOf(link.Network)));
    }

    [Theory]
    [InlineData(Opener.Kernel)]
    [InlineData(Opener.Stack)]
    public async Task The_kernel_may_have_them_off(Opener opener)
    {
        await using var link = await StartAsync(offload: true);
        await link.Network.RunAsync("sysctl", "-q", "-w", "net.ipv4.tcp_timestamps=0");
        var (kernel, connection) = await link.OpenAsync(opener);
        using var stream = kernel.AsStream();
        await using (connection)
        {
            Assert.False(UsesTimestamps(kernel));
            Assert.Equal((false, 1460), (connection.GetInfo().Timestamps, connection.GetInfo().SendMss));
            await ExchangeAsync(kernel, stream, connection);
        }

        link.AssertNothingWentWrong();
    }

    [Fact]
    public async Task Switched_off_there_are_none()
    {
        await using var link = await KernelLink.StartAsync(
            new KernelLinkOptions { Engine = new EngineOptions { Timestamps = false } });
        foreach (var opener in Enum.GetValues<Opener>())
        {
            var (kernel, connection) = await link.OpenAsync(opener);
            using (kernel)
                Assert.Equal((false, false), (UsesTimestamps(kernel), connection.GetInfo().Timestamps));
        }
    }

    private static Task<KernelLink> StartAsync(bool offload) => KernelLink.StartAsync(new KernelLinkOptions
    {
        Offload = offload,
        Engine = new EngineOptions { Timestamps = true, MaxSegmentLifetime = TimeSpan.FromMilliseconds(50) },
    });

    private static async Task ExchangeAsync(Socket kernel, Stream stream, UserTcpConnection connection)
    {
        var (up, down) = (Payload.Random(Octets, seed: 1), Payload.Random(Octets, seed: 2));
        var receivedHere = connection.GetStream().HashToEndAsync();
        var receivedThere = stream.HashToEndAsync();
        await Task.WhenAll(kernel.SendAllAsync(up), connection.SendAllAsync(down)).OrFail();
        Assert.Equal(Payload.Hash(up), await receivedHere);
        Assert.Equal(Payload.Hash(down), await receivedThere);
    }

    private static bool UsesTimestamps(Socket kernel)
    {
        Span<byte> info = stackalloc byte[104];
        kernel.GetRawSocketOption((int)SocketOptionLevel.Tcp, TcpInfoOption, info);
        return (info[InfoOptions] & InfoTimestamps) != 0;
    }

    /// <summary>Segments that the kernel has dropped for their timestamps.</summary>
    private static string PawsOf(PrivateNetwork network) => network.Inside(() =>
    {
        var lines = File.ReadLines("/proc/thread-self/net/netstat")
            .Where(line => line.StartsWith("TcpExt:", StringComparison.Ordinal)).Select(line => line.Split(' '))
            .ToArray();
        return string.Join(
            ", ",
            lines[0].Zip(lines[1])
                .Where(counter => counter.First.Contains("PAWS", StringComparison.Ordinal)
                    || counter.First.StartsWith("TSEcr", StringComparison.Ordinal))
                .Where(counter => long.Parse(counter.Second, CultureInfo.InvariantCulture) != 0)
                .Select(counter => $"{counter.First}: {counter.Second}"));
    });
}
