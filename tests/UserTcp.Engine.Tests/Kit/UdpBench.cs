using UserTcp.Engine.Contract;
using UserTcp.Engine.Udp;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Kit;

/// <summary>A host with UDP endpoints, and a peer that sends it frames.</summary>
internal sealed class UdpBench(string family = "4", EngineOptions? options = null, LinkProperties? link = null)
{
    public static readonly Port Service = new(9000);

    public TestHost Host { get; } = new(
        (link?.Mtu ?? LinkProperties.DefaultMtu) < 1280 ? ["198.18.0.2"] : ["198.18.0.2", "2001:db8:75::2"],
        options, link);

    public IpAddress Us => family == "4" ? Host.Addresses[0] : Host.Addresses[1];

    public IpAddress Any => family == "4" ? IpAddress.AnyIPv4 : IpAddress.AnyIPv6;

    public UdpPeer Peer { get; } = new(Address(family == "4" ? "198.18.0.1" : "2001:db8:75::1"), new Port(5000));

    public MonotonicTime Now { get; set; } = new(1000 * TimeSpan.TicksPerSecond);

    public TcpEngine Engine => Host.Engine;

    public static IpAddress Address(string text) => IpAddress.From(System.Net.IPAddress.Parse(text));

    public long Count(Counter counter) => Engine.Counters[counter];

    public UdpEndpoint Bind(IpAddress? address = null, Port? port = null, UdpFlags flags = UdpFlags.None)
    {
        Assert.Equal(EngineError.None, Engine.BindUdp(address ?? Any, port ?? Service, flags, out var endpoint));
        return endpoint!;
    }

    public UdpEndpoint BindConnected(UdpFlags flags = UdpFlags.None)
    {
        var endpoint = Bind(flags: flags);
        Assert.Equal(EngineError.None, Engine.ConnectUdp(endpoint, Peer));
        return endpoint;
    }

    /// <summary>A datagram arrives from the peer.</summary>
    public void Arrive(ReadOnlySpan<byte> data, UdpPeer? from = null, Port? to = null, IpAddress? at = null) =>
        Host.Receive(Frames.Udp(from ?? Peer, new UdpPeer(at ?? Us, to ?? Service), data), Now);

    /// <summary>An ICMP error about a packet arrives from the peer, or from somebody else.</summary>
    public void ArriveError(byte type, byte code, byte[] quoted, uint rest = 0, IpAddress? from = null) =>
        Host.Receive(Frames.Icmp(from ?? Peer.Address, Us, type, code, rest, quoted), Now);

    /// <summary>Port unreachable for the family.</summary>
    public void ArriveUnreachable(byte[] quoted) =>
        ArriveError((byte)(family == "4" ? 3 : 1), (byte)(family == "4" ? 3 : 4), quoted);

    public EngineError Send(UdpEndpoint endpoint, ReadOnlySpan<byte> data, UdpPeer? to = null)
    {
        var block = Host.Pool.Rent(data.Length);
        block.Append(data);
        var error = Engine.SendDatagram(endpoint, to ?? Peer, block, Now);
        if (error != EngineError.None)
            block.Release();
        return error;
    }

    /// <summary>Sends a datagram, and returns its frame.</summary>
    public byte[] SendFrame(UdpEndpoint endpoint, ReadOnlySpan<byte> data, UdpPeer? to = null)
    {
        Assert.Equal(EngineError.None, Send(endpoint, data, to));
        return Assert.Single(Host.Emit(Now));
    }

    /// <summary>Dequeues all that an endpoint has received.</summary>
    public List<(UdpPeer Source, byte[] Data)> Receive(UdpEndpoint endpoint)
    {
        var received = new List<(UdpPeer, byte[])>();
        while (Engine.ReceiveDatagrams(endpoint) is { } block)
        {
            while (DatagramRecord.TryDequeue(block, out var source, out var payload))
                received.Add((source, payload.ToArray()));
            block.Release();
        }

        return received;
    }

    /// <summary>The events of an endpoint since the last call.</summary>
    public EngineEvents Events(UdpEndpoint endpoint)
    {
        Host.DequeueEvents();
        var events = Host.Events.Where(each => each.Endpoint == endpoint)
            .Aggregate(EngineEvents.None, (all, each) => all | each.Events);
        Host.Events.Clear();
        return events;
    }

    /// <summary>Nothing is left, in a queue or rented.</summary>
    public void AssertNothingLeft()
    {
        Assert.Null(Diagnostics.EngineInvariants.FindViolation(Engine.State, isDrained: true));
        Assert.Empty(Host.Emit(Now));
        Assert.Equal((0, 0L), (Host.Pool.Rented, Engine.MemoryHeld));
    }
}
