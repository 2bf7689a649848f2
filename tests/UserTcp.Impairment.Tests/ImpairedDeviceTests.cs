using System.Net;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Output;

namespace UserTcp.Impairment.Tests;

/// <summary>Two stacks in real time with a bad link between them.</summary>
public class ImpairedDeviceTests
{
    private const int Length = 200_000;

    private static readonly IPAddress Left = IPAddress.Parse("198.18.0.1");
    private static readonly IPAddress Right = IPAddress.Parse("198.18.0.2");
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData("")]
    [InlineData("loss=2%,dup=2%,seed=7")]
    [InlineData("delay=2ms,jitter=1ms,reorder=5%,reorderdelay=2ms,seed=7")]
    [InlineData("corrupt=2%,rate=100mbit,seed=7")]
    public async Task Data_arrives_through_a_bad_link(string impairment)
    {
        var (near, far) = InMemoryLink.CreatePair(new LinkProperties(LinkProperties.DefaultMtu));
        var impaired = new ImpairedDevice(near, LinkImpairment.Parse(impairment));
        Assert.Equal((near.Name, near.Properties), (impaired.Name, impaired.Properties));

        await AssertEchoAsync(impaired, far);
    }

    [Fact]
    public async Task A_link_with_checksum_offload_can_be_impaired_at_one_end()
    {
        var (near, far) = InMemoryLink.CreatePair();

        await AssertEchoAsync(near, new ImpairedDevice(far, LinkImpairment.Parse("corrupt=2%,loss=1%,seed=3")));
    }

    [Fact]
    public void A_device_with_segmentation_offload_is_refused_and_the_message_says_what_to_do()
    {
        var (near, far) = InMemoryLink.CreatePair(
            new LinkProperties(LinkProperties.DefaultMtu, ChecksumOffload: true, SegmentationOffload: true));
        using (near)
        using (far)
        {
            var error = Assert.Throws<ArgumentException>(() =>
                new ImpairedDevice(near, LinkImpairment.Parse("loss=1%")));
            Assert.Contains("Offload = false", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Each_direction_can_have_its_own_impairment()
    {
        var (near, far) = InMemoryLink.CreatePair();
        var device = new ImpairedDevice(near, LinkImpairment.None, LinkImpairment.Parse("loss=100%"));
        await using var stack = await StartAsync(device, Left);
        await using var peer = await StartAsync(far, Right);
        await using var listener = await peer.ListenAsync(new IPEndPoint(Right, 7));
        using var giveUp = new CancellationTokenSource();

        var connecting = stack.ConnectAsync(new IPEndPoint(Right, 7), giveUp.Token).AsTask();
        // The SYN gets through, and the SYN-ACK does not.
        await UntilAsync(() => peer.GetCounters()[Engine.Contract.Counter.PassiveOpens] > 0);
        await giveUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting);
        Assert.Equal(0, stack.GetCounters()[Counter.FramesReceived]);
    }

    [Fact]
    public void A_flood_does_not_block_the_reader_nor_grow_without_bound()
    {
        var flood = new Flood();
        using var device = new ImpairedDevice(flood, LinkImpairment.Parse("delay=3600s,queue=100,replay=100%"));

        Assert.Equal(0, device.Read(new byte[LinkProperties.DefaultMtu]));
        Assert.Equal(64, flood.Reads);
        for (var repeat = 0; repeat < 100; repeat++)
            device.Read(new byte[LinkProperties.DefaultMtu]);

        // The limit of packets in flight, and the same limit for replays.
        Assert.Equal(100 + 100, device.PacketsInFlight);
    }

    private static async Task AssertEchoAsync(ILinkDevice near, ILinkDevice far)
    {
        await using var client = await StartAsync(near, Left);
        await using var server = await StartAsync(far, Right);
        await using var listener = await server.ListenAsync(new IPEndPoint(Right, 7));
        using var limit = new CancellationTokenSource(Limit);
        var echoing = EchoAsync(listener, limit.Token);
        byte[] sent = [.. Enumerable.Range(0, Length).Select(i => (byte)(i ^ (i >> 8)))];

        await using var connection = await client.ConnectAsync(new IPEndPoint(Right, 7), limit.Token);
        await using var stream = connection.GetStream();
        var sending = Task.Run(
            async () =>
            {
                await stream.WriteAsync(sent, limit.Token);
                stream.CompleteWrites();
            },
            limit.Token);
        var received = new byte[Length];
        await stream.ReadExactlyAsync(received, limit.Token);

        Assert.Equal(sent, received);
        Assert.Equal(0, await stream.ReadAsync(new byte[1], limit.Token));
        await sending;
        await echoing;
    }

    private static async Task EchoAsync(UserTcpListener listener, CancellationToken cancellationToken)
    {
        await using var connection = await listener.AcceptConnectionAsync(cancellationToken);
        await using var stream = connection.GetStream();
        await stream.CopyToAsync(stream, cancellationToken);
        stream.CompleteWrites();
    }

    private static ValueTask<UserTcpStack> StartAsync(
        ILinkDevice device, IPAddress address) => UserTcpStack.StartAsync(new UserTcpStackOptions
        {
            Device = device,
            Addresses = [address],
            Engine = new EngineOptions
            {
                MinRto = TimeSpan.FromMilliseconds(10),
                MaxSegmentLifetime = TimeSpan.FromMilliseconds(50),
            },
        });

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(Limit);
        while (!condition())
        {
            limit.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    /// <summary>A device that always has another frame to read.</summary>
    private sealed class Flood : ILinkDevice
    {
        public string Name => "flood";

        public LinkProperties Properties { get; } = new(LinkProperties.DefaultMtu);

        public int Reads { get; private set; }

        public int Read(Span<byte> buffer)
        {
            Assert.True(++Reads < 10_000, "Read does not end.");
            return 20;
        }

        public bool Write(in Emission frame) => true;

        public void Wait(TimeSpan timeout)
        {
        }

        public void Wake()
        {
        }

        public void Dispose()
        {
        }
    }
}
