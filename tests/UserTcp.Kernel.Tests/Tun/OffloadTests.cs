using System.Net.Sockets;
using UserTcp.Engine.Contract;
using UserTcp.Kernel.Tests.Kit;
using UserTcp.Tun;
using Xunit;

namespace UserTcp.Kernel.Tests.Tun;

/// <summary>The same data arrives with and without offload; with offload in far fewer frames.</summary>
public sealed class OffloadTests
{
    private const int Octets = 20_000_000;

    public enum Mode
    {
        Offload,
        Refused,
        CutArriving,
        Plain,
    }

    [Theory]
    [InlineData(Mode.Offload, AddressFamily.InterNetwork)]
    [InlineData(Mode.Offload, AddressFamily.InterNetworkV6)]
    [InlineData(Mode.Refused, AddressFamily.InterNetwork)]
    [InlineData(Mode.Refused, AddressFamily.InterNetworkV6)]
    [InlineData(Mode.CutArriving, AddressFamily.InterNetwork)]
    [InlineData(Mode.CutArriving, AddressFamily.InterNetworkV6)]
    [InlineData(Mode.Plain, AddressFamily.InterNetwork)]
    [InlineData(Mode.Plain, AddressFamily.InterNetworkV6)]
    public async Task Megabytes_go_both_ways_in_every_mode(Mode mode, AddressFamily family)
    {
        await using var link = await KernelLink.StartAsync(new KernelLinkOptions
        {
            Offload = mode != Mode.Plain,
            CutArriving = mode == Mode.CutArriving,
            Decorate = device =>
            {
                ((TunDevice)device).IsCutHere = mode == Mode.Refused;
                return device;
            },
        });
        var (kernel, connection) = await link.OpenAsync(Opener.Kernel, family);
        var data = Payload.Random(Octets, seed: 7);
        using var stream = kernel.AsStream();
        await using (connection)
        {
            var received = stream.HashToEndAsync();
            var receivedHere = connection.GetStream().HashToEndAsync();
            await Task.WhenAll(kernel.SendAllAsync(data), connection.SendAllAsync(data)).OrFail();
            Assert.Equal(Payload.Hash(data), await receivedHere);
            Assert.Equal(Payload.Hash(data), await received);
        }

        var (sent, segments) = (link.Count(Counter.FramesSent), link.Count(Counter.SegmentsSent));
        Assert.True(segments > Octets / 1460, $"{segments} segments");
        var isSingle = mode is Mode.Plain or Mode.CutArriving;
        Assert.Equal(isSingle, sent >= segments);
        Assert.Equal(isSingle, link.Count(Counter.FramesReceived) > Octets / 1460);
        Assert.Equal(0, link.Count(Counter.FastRetransmits) + link.Count(Counter.RetransmissionTimeouts));
        Assert.Equal(0, link.Count(Counter.DroppedBadChecksum));
    }
}
