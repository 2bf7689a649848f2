using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Engine.Udp;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Udp;

/// <summary>The limits of a receive queue: datagrams beyond them are dropped and counted.</summary>
public class ReceiveLimitTests
{
    [Fact]
    public void A_queue_holds_so_many_datagrams()
    {
        var bench = new UdpBench(options: new EngineOptions { MaxQueuedDatagrams = 5 });
        var endpoint = bench.Bind();

        for (var i = 0; i < 8; i++)
            bench.Arrive([(byte)i]);

        Assert.Equal([0, 1, 2, 3, 4], bench.Receive(endpoint).Select(each => (int)each.Data[0]));
        AssertDropped(bench, endpoint, 3, inDatagrams: 5);
        bench.Arrive([9]);
        Assert.Equal(9, Assert.Single(bench.Receive(endpoint)).Data[0]);
    }

    [Fact]
    public void A_queue_holds_so_many_bytes_and_an_empty_one_any_datagram()
    {
        var bench = new UdpBench(options: new EngineOptions { UdpReceiveBufferSize = 1000 });
        var endpoint = bench.Bind();

        bench.Arrive(new byte[1400]);
        bench.Arrive(new byte[1]);
        Assert.Equal(1400, Assert.Single(bench.Receive(endpoint)).Data.Length);
        AssertDropped(bench, endpoint, 1, inDatagrams: 1);

        bench.Arrive(new byte[600]);
        bench.Arrive(new byte[401]);
        bench.Arrive(new byte[400]);
        bench.Arrive(new byte[1]);
        Assert.Equal(1000, endpoint.QueuedBytes);
        Assert.Equal([600, 400], bench.Receive(endpoint).Select(each => each.Data.Length));
        AssertDropped(bench, endpoint, 3, inDatagrams: 3);
        bench.AssertNothingLeft();
    }

    [Fact]
    public void A_full_queue_of_one_endpoint_leaves_the_others_alone()
    {
        var bench = new UdpBench(options: new EngineOptions { MaxQueuedDatagrams = 1 });
        var full = bench.Bind();
        var other = bench.Bind(port: new Port(9001));

        bench.Arrive("a"u8);
        bench.Arrive("b"u8);
        bench.Arrive("c"u8, to: other.LocalPort);

        Assert.Equal((1, 0), (full.Dropped, other.Dropped));
        Assert.Single(bench.Receive(other));
    }

    [Fact]
    public void Small_datagrams_share_a_block()
    {
        var bench = new UdpBench();
        bench.Bind();

        for (var i = 0; i < 500; i++)
            bench.Arrive("small"u8);

        Assert.Equal(1, bench.Host.Pool.Rented);
    }

    [Fact]
    public void The_largest_datagram_arrives()
    {
        var bench = new UdpBench(link: new LinkProperties(65_535));
        var endpoint = bench.Bind();
        var data = Pattern.Bytes(65_507);

        bench.Arrive(data);
        bench.Arrive("next"u8);

        Assert.Equal(data.Length + 4, endpoint.QueuedBytes);
        Assert.Equal([data, "next"u8.ToArray()], bench.Receive(endpoint).Select(each => each.Data));
        bench.AssertNothingLeft();
    }

    /// <summary>Datagrams that nobody reads must not cost connections (docs/decisions/0057).</summary>
    [Fact]
    public void All_queues_together_have_an_eighth_of_the_memory()
    {
        var bench = new UdpBench(options: new EngineOptions { MaxMemory = 1 << 20 });
        for (var port = 1; port <= 20; port++)
        {
            bench.Bind(port: new Port((ushort)port));
            for (var i = 0; i < 3; i++)
                bench.Arrive(new byte[1000], to: new Port((ushort)port));
        }

        Assert.Equal(8 * 16 * 1024, bench.Engine.MemoryHeld);
        Assert.Equal(8 * 3, bench.Count(Counter.UdpInDatagrams));
        Assert.Equal(12 * 3, bench.Count(Counter.UdpRcvbufErrors));
        Assert.Equal(MemoryState.Comfortable, bench.Engine.MemoryState);
        Assert.Null(Diagnostics.EngineInvariants.FindViolation(bench.Engine.State, isDrained: true));
        bench.Engine.Dispose();
        Assert.Equal(0, bench.Host.Pool.Rented);
    }

    [Fact]
    public void Without_memory_a_datagram_is_dropped()
    {
        var bench = new UdpBench();
        var endpoint = bench.Bind();
        bench.Engine.ShareMemory(1 << 30, 1 << 30);
        bench.Arrive("at the limit"u8);
        bench.Engine.ShareMemory(0, 1 << 30);
        // The frame's own block is the last one.
        bench.Host.Pool.MaxRented = 1;
        bench.Arrive("no block"u8);
        bench.Host.Pool.MaxRented = int.MaxValue;
        bench.Arrive("again"u8);

        Assert.Single(bench.Receive(endpoint));
        AssertDropped(bench, endpoint, 2, inDatagrams: 1);
    }

    [Theory]
    [InlineData("4", 100)]
    [InlineData("6", 1400)]
    public void Delivering_a_datagram_and_sending_one_allocate_nothing(string family, int length)
    {
        var bench = new UdpBench(family);
        var endpoint = bench.Bind();
        var frame = Frames.Udp(bench.Peer, new UdpPeer(bench.Us, UdpBench.Service), new byte[length]);
        var headers = new byte[TcpEngine.MaxHeaderLength];
        var received = 0;
        void Run()
        {
            for (var i = 0; i < 2000; i++)
            {
                var arriving = bench.Host.Pool.Rent(frame.Length);
                arriving.Append(frame);
                if (!bench.Engine.OnFrame(arriving, bench.Now))
                    arriving.Release();
                while (bench.Engine.TryDequeueEvent(out _))
                {
                }

                if (i % 7 == 0)
                    received += Drain(bench, endpoint);
                var data = bench.Host.Pool.Rent();
                data.End = length;
                bench.Engine.SendDatagram(endpoint, bench.Peer, data, bench.Now);
                while (bench.Engine.TryEmit(headers, bench.Now, out _))
                {
                }
            }

            received += Drain(bench, endpoint);
        }

        Assert.Equal(0, Allocations.Of(Run));

        Assert.InRange(received, 2000, int.MaxValue);
        Assert.Equal(0, endpoint.Dropped);
    }

    private static int Drain(UdpBench bench, UdpEndpoint endpoint)
    {
        var count = 0;
        while (bench.Engine.ReceiveDatagrams(endpoint) is { } block)
        {
            while (DatagramRecord.TryDequeue(block, out _, out _))
                count++;
            block.Release();
        }

        return count;
    }

    private static void AssertDropped(UdpBench bench, UdpEndpoint endpoint, int count, int inDatagrams)
    {
        Assert.Equal(count, endpoint.Dropped);
        Assert.Equal((count, count), (bench.Count(Counter.UdpRcvbufErrors), bench.Count(Counter.UdpInErrors)));
        Assert.Equal(inDatagrams, bench.Count(Counter.UdpInDatagrams));
    }
}
