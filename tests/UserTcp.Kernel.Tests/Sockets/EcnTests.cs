using System.Buffers.Binary;
using System.Net.Sockets;
using UserTcp.Engine.Contract;
using UserTcp.Kernel.Tests.Kit;
using Xunit;

namespace UserTcp.Kernel.Tests.Sockets;

/// <summary>
/// Explicit congestion notification (RFC 3168) with the kernel, which accepts it by default and requests it by sysctl.
/// </summary>
[Trait("RFC", "3168 section 6.1.1")]
public sealed class EcnTests
{
    private const int Octets = 3_000_000;

    // Of struct tcp_info (include/uapi/linux/tcp.h): TCP_INFO, tcpi_options, TCPI_OPT_ECN, TCPI_OPT_ECN_SEEN,
    // tcpi_delivered_ce.
    private const int TcpInfoOption = 11;
    private const int InfoOptions = 5;
    private const int InfoDeliveredCe = 196;
    private const int InfoEcn = 8;
    private const int InfoEcnSeen = 16;

    [Theory]
    [InlineData(Opener.Kernel, AddressFamily.InterNetwork, true)]
    [InlineData(Opener.Kernel, AddressFamily.InterNetworkV6, false)]
    [InlineData(Opener.Stack, AddressFamily.InterNetwork, false)]
    [InlineData(Opener.Stack, AddressFamily.InterNetworkV6, true)]
    public async Task Both_use_it_and_megabytes_go_both_ways_at_once(Opener opener, AddressFamily family, bool offload)
    {
        await using var link = await StartAsync(new KernelLinkOptions { Offload = offload, Engine = Asking() });
        var (kernel, connection) = await link.OpenAsync(opener, family);
        await using (connection)
        {
            Assert.True(connection.GetInfo().Ecn);
            await ExchangeAsync(kernel, connection);
            Assert.Equal(InfoEcn | InfoEcnSeen, InfoOf(kernel)[InfoOptions] & (InfoEcn | InfoEcnSeen));
        }

        link.AssertNothingWentWrong();
        Assert.Equal((0, 0), (link.Count(Counter.CeReceived), link.Count(Counter.EceReceived)));
    }

    [Theory]
    [InlineData(Opener.Kernel)]
    [InlineData(Opener.Stack)]
    [Trait("RFC", "3168 section 6.1.2")]
    [Trait("RFC", "3168 section 6.1.3")]
    public async Task CE_is_echoed_both_ways_and_nothing_is_lost(Opener opener)
    {
        await using var link = await StartAsync(
            new KernelLinkOptions
            {
                Offload = false,
                Engine = Asking(),
                Decorate = static device => new CongestedRouter(device, each: 100),
            });
        var (kernel, connection) = await link.OpenAsync(opener);
        await using (connection)
        {
            await ExchangeAsync(kernel, connection);
            Assert.True(
                BinaryPrimitives.ReadUInt32LittleEndian(InfoOf(kernel).AsSpan(InfoDeliveredCe)) > 0,
                "the kernel has seen no CE");
        }

        Assert.True(link.Count(Counter.CeReceived) > 0 && link.Count(Counter.EceReceived) > 0);
        link.AssertNothingWentWrong();
    }

    [Fact]
    public async Task By_default_there_is_none()
    {
        await using var link = await KernelLink.StartAsync();
        foreach (var opener in Enum.GetValues<Opener>())
        {
            var (kernel, connection) = await link.OpenAsync(opener);
            using (kernel)
                Assert.Equal((0, false), (InfoOf(kernel)[InfoOptions] & InfoEcn, connection.GetInfo().Ecn));
        }
    }

    private static EngineOptions Asking() =>
        new() { Ecn = EcnMode.Active, MaxSegmentLifetime = TimeSpan.FromMilliseconds(50) };

    private static async Task<KernelLink> StartAsync(KernelLinkOptions options)
    {
        var link = await KernelLink.StartAsync(options);
        await link.Network.RunAsync("sysctl", "-q", "-w", "net.ipv4.tcp_ecn=1");
        return link;
    }

    private static async Task ExchangeAsync(Socket kernel, UserTcpConnection connection)
    {
        var (up, down) = (Payload.Random(Octets, seed: 1), Payload.Random(Octets, seed: 2));
        using var stream = new NetworkStream(kernel);
        var receivedHere = connection.GetStream().HashToEndAsync();
        var receivedThere = stream.HashToEndAsync();
        await Task.WhenAll(kernel.SendAllAsync(up), connection.SendAllAsync(down)).OrFail();
        Assert.Equal(Payload.Hash(up), await receivedHere);
        Assert.Equal(Payload.Hash(down), await receivedThere);
    }

    private static byte[] InfoOf(Socket kernel)
    {
        var info = new byte[InfoDeliveredCe + sizeof(uint)];
        kernel.GetRawSocketOption((int)SocketOptionLevel.Tcp, TcpInfoOption, info);
        return info;
    }
}
