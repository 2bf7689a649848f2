using System.Net;
using System.Net.Sockets;
using UserTcp.Engine.Contract;
using UserTcp.Kernel.Tests.Kit;
using UserTcp.Wire;
using Xunit;

namespace UserTcp.Kernel.Tests.Sockets;

/// <summary>UDP between the kernel's sockets and the stack's.</summary>
[Trait("RFC", "768")]
public sealed class UdpTests
{
    [Theory]
    [InlineData(AddressFamily.InterNetwork, 1, true)]
    [InlineData(AddressFamily.InterNetwork, 1, false)]
    [InlineData(AddressFamily.InterNetworkV6, 1, true)]
    [InlineData(AddressFamily.InterNetworkV6, 1, false)]
    [InlineData(AddressFamily.InterNetwork, 4, true)]
    [InlineData(AddressFamily.InterNetworkV6, 4, false)]
    public async Task Datagrams_of_all_lengths_that_fit_go_both_ways(AddressFamily family, int queues, bool offload)
    {
        await using var link = await KernelLink.StartAsync(
            new KernelLinkOptions { Queues = queues, Offload = offload });
        await using var stack = await link.Stack.BindUdpAsync(new IPEndPoint(IPAddress.IPv6Any, 53)).OrFail();
        using var kernel = NewSocket(link, family);
        var max = MaxOf(family);
        var (there, here) = (new byte[max + 1], new byte[max + 1]);
        foreach (var length in Lengths(max))
        {
            var data = Payload.Random(length, length);
            await kernel.SendToAsync(data, new IPEndPoint(KernelLink.StackAddress(family), 53)).OrFail();
            var received = await stack.ReceiveFromAsync(here).OrFail();
            Assert.Equal(data, here[..received.ReceivedBytes]);
            Assert.Equal(((IPEndPoint)kernel.LocalEndPoint!).Port, ((IPEndPoint)received.RemoteEndPoint).Port);

            Assert.Equal(length, await stack.SendToAsync(data, received.RemoteEndPoint).OrFail());
            var answered = await kernel.ReceiveFromAsync(there, kernel.LocalEndPoint!).OrFail();
            Assert.Equal(data, there[..answered.ReceivedBytes]);
            Assert.Equal(new IPEndPoint(KernelLink.StackAddress(family), 53), answered.RemoteEndPoint);
        }

        Assert.Equal(0, link.Count(Counter.UdpInErrors) + link.Count(Counter.UdpNoPorts));
        await link.NothingLeftAsync();
    }

    [Theory]
    [InlineData(AddressFamily.InterNetwork, 1)]
    [InlineData(AddressFamily.InterNetworkV6, 1)]
    [InlineData(AddressFamily.InterNetwork, 4)]
    [InlineData(AddressFamily.InterNetworkV6, 4)]
    [Trait("RFC", "8200 section 4.5")]
    public async Task The_largest_datagram_passes_both_ways_in_fragments(AddressFamily family, int queues)
    {
        await using var link = await KernelLink.StartAsync(new KernelLinkOptions { Queues = queues });
        await using var stack = await link.Stack.BindUdpAsync(
            new IPEndPoint(KernelLink.StackAddress(family), 0)).OrFail();
        using var kernel = NewSocket(link, family);
        var data = new byte[family == AddressFamily.InterNetwork ? 65_507 : 65_527];
        new Random(queues).NextBytes(data);
        var buffer = new byte[data.Length];

        await stack.SendToAsync(data, kernel.LocalEndPoint!).OrFail();
        var atKernel = await kernel.ReceiveFromAsync(buffer, kernel.LocalEndPoint!).OrFail();
        Assert.Equal(data, buffer[..atKernel.ReceivedBytes]);

        buffer.AsSpan().Clear();
        await kernel.SendToAsync(data, stack.LocalEndPoint).OrFail();
        var atStack = await stack.ReceiveFromAsync(buffer).OrFail();
        Assert.Equal(data, buffer[..atStack.ReceivedBytes]);
        Assert.Equal(1, link.Count(Counter.DatagramsReassembled));
        await link.NothingLeftAsync();
    }

    [Theory]
    [InlineData(AddressFamily.InterNetwork)]
    [InlineData(AddressFamily.InterNetworkV6)]
    public async Task Without_fragments_a_datagram_that_does_not_fit_is_refused(AddressFamily family)
    {
        await using var link = await KernelLink.StartAsync();
        await using var stack = await link.Stack.BindUdpAsync(new UserTcpUdpOptions
        {
            LocalEndPoint = new IPEndPoint(IPAddress.IPv6Any, 0),
            DontFragment = true,
        }).OrFail();
        using var kernel = NewSocket(link, family);

        await Payload.AssertSocketAsync(
            SocketError.MessageSize,
            () => stack.SendToAsync(new byte[MaxOf(family) + 1], kernel.LocalEndPoint!).OrFail());
        await stack.SendToAsync(new byte[MaxOf(family)], kernel.LocalEndPoint!).OrFail();

        var received = await kernel.ReceiveFromAsync(new byte[2000], kernel.LocalEndPoint!).OrFail();
        Assert.Equal(MaxOf(family), received.ReceivedBytes);
    }

    [Theory]
    [InlineData(AddressFamily.InterNetwork, 1)]
    [InlineData(AddressFamily.InterNetworkV6, 1)]
    [InlineData(AddressFamily.InterNetwork, 4)]
    [Trait("RFC", "1122 section 4.1.3.3")]
    public async Task A_closed_port_of_either_side_refuses_the_other(AddressFamily family, int queues)
    {
        await using var link = await KernelLink.StartAsync(new KernelLinkOptions { Queues = queues });
        int port;
        using (var gone = NewSocket(link, family))
            port = ((IPEndPoint)gone.LocalEndPoint!).Port;
        await using var stack = await link.Stack.BindUdpAsync(new IPEndPoint(IPAddress.IPv6Any, 0)).OrFail();
        await stack.ConnectAsync(new IPEndPoint(KernelLink.KernelAddress(family), port)).OrFail();
        var waiting = stack.ReceiveAsync(new byte[1]).AsTask();

        await stack.SendAsync(new byte[100]).OrFail();
        await Payload.AssertSocketAsync(SocketError.ConnectionRefused, () => waiting.OrFail());

        using var kernel = NewSocket(link, family);
        await kernel.ConnectAsync(new IPEndPoint(KernelLink.StackAddress(family), stack.LocalEndPoint.Port)).OrFail();
        await stack.DisposeAsync();
        await kernel.SendAsync(new byte[100]).OrFail();
        await Payload.AssertSocketAsync(
            SocketError.ConnectionRefused, () => kernel.ReceiveAsync(new byte[1]).OrFail());
    }

    [Fact]
    public async Task A_burst_over_the_receive_limit_is_counted()
    {
        const int Count = 3000;
        await using var link = await KernelLink.StartAsync(new KernelLinkOptions
        {
            Engine = new EngineOptions { MaxQueuedDatagrams = 100, UdpReceiveBufferSize = 50_000 },
        });
        await using var stack = await link.Stack.BindUdpAsync(new IPEndPoint(KernelLink.StackIPv4, 53)).OrFail();
        using var kernel = NewSocket(link, AddressFamily.InterNetwork);
        await kernel.ConnectAsync(stack.LocalEndPoint).OrFail();

        for (var number = 0; number < Count; number++)
        {
            await kernel.SendAsync(BitConverter.GetBytes(number)).OrFail();
            // The kernel's queue of the device must not be what drops.
            if (number % 100 == 99)
                await Until.TrueAsync(() => link.Count(Counter.FramesReceived) >= number);
        }

        await Until.TrueAsync(() =>
            link.Count(Counter.UdpInDatagrams) + link.Count(Counter.UdpRcvbufErrors) == Count);
        // The queue of the engine, and a block that has left it.
        var kept = link.Count(Counter.UdpInDatagrams);
        Assert.InRange(kept, 100, 200);
        var buffer = new byte[4];
        var last = -1;
        for (var i = 0; i < kept; i++)
        {
            Assert.Equal(4, await stack.ReceiveAsync(buffer).OrFail());
            Assert.True(BitConverter.ToInt32(buffer) > last, "out of order");
            last = BitConverter.ToInt32(buffer);
        }

        await link.NothingLeftAsync();
    }

    [Fact]
    [Trait("RFC", "768")]
    public async Task A_datagram_without_checksum_arrives_over_IPv4()
    {
        const int NoCheck = 11;
        await using var link = await KernelLink.StartAsync();
        await using var stack = await link.Stack.BindUdpAsync(new IPEndPoint(KernelLink.StackIPv4, 53)).OrFail();
        using var kernel = NewSocket(link, AddressFamily.InterNetwork);
        kernel.SetRawSocketOption(1, NoCheck, BitConverter.GetBytes(1));

        await kernel.SendToAsync("bare"u8.ToArray(), stack.LocalEndPoint).OrFail();

        Assert.Equal(4, await stack.ReceiveAsync(new byte[10]).OrFail());
        Assert.Equal(0, link.Count(Counter.UdpInErrors));
    }

    /// <summary>With offload the device verifies the checksum, without it the engine.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("RFC", "1122 section 4.1.3.4")]
    public async Task A_datagram_with_a_wrong_checksum_is_dropped(bool offload)
    {
        await using var link = await KernelLink.StartAsync(new KernelLinkOptions { Offload = offload });
        await using var stack = await link.Stack.BindUdpAsync(new IPEndPoint(KernelLink.StackIPv4, 53)).OrFail();
        using var raw = link.Network.Inside(
            () => new Socket(AddressFamily.InterNetwork, SocketType.Raw, ProtocolType.Udp));
        var datagram = new byte[UdpHeader.Length + 4];
        UdpHeader.Write(datagram, new Port(5000), new Port(53), 4);

        UdpHeader.WriteChecksum(datagram, 0x1234);
        await raw.SendToAsync(datagram, new IPEndPoint(KernelLink.StackIPv4, 0)).OrFail();
        (datagram[6], datagram[7], datagram[8]) = (0, 0, 77);
        await raw.SendToAsync(datagram, new IPEndPoint(KernelLink.StackIPv4, 0)).OrFail();

        var buffer = new byte[10];
        Assert.Equal(4, await stack.ReceiveAsync(buffer).OrFail());
        Assert.Equal(77, buffer[0]);
        Assert.Equal(offload ? 0 : 1, link.Count(Counter.UdpInCsumErrors));
    }

    /// <summary>The documented error of a socket, which .NET does not have on Linux.</summary>
    [Fact]
    public async Task A_truncated_datagram_is_an_error_where_the_kernels_socket_is_silent()
    {
        await using var link = await KernelLink.StartAsync();
        await using var stack = await link.Stack.BindUdpAsync(new IPEndPoint(KernelLink.StackIPv4, 53)).OrFail();
        using var kernel = NewSocket(link, AddressFamily.InterNetwork);
        await kernel.SendToAsync(new byte[10], stack.LocalEndPoint).OrFail();
        await stack.SendToAsync(new byte[10], kernel.LocalEndPoint!).OrFail();

        await Payload.AssertSocketAsync(
            SocketError.MessageSize, () => stack.ReceiveFromAsync(new byte[5]).OrFail());
        var silent = await kernel.ReceiveFromAsync(new byte[5], kernel.LocalEndPoint!).OrFail();
        Assert.Equal(5, silent.ReceivedBytes);
    }

    private static int MaxOf(AddressFamily family) => family == AddressFamily.InterNetwork ? 1472 : 1452;

    private static IEnumerable<int> Lengths(int max) =>
        [0, 1, 2, 3, .. Enumerable.Range(1, 20).Select(step => step * 70), max - 1, max];

    /// <summary>A socket of the kernel, bound to a port of its own choice.</summary>
    private static Socket NewSocket(KernelLink link, AddressFamily family)
    {
        var socket = link.Network.Inside(() => new Socket(family, SocketType.Dgram, ProtocolType.Udp));
        socket.Bind(new IPEndPoint(KernelLink.KernelAddress(family), 0));
        return socket;
    }
}
