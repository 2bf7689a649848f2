using UserTcp.Capture.Explaining;
using UserTcp.Engine.Contract;
using UserTcp.Engine.State;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Capture.Tests.Pictures.Kit;

/// <summary>
/// A connection of two engines in virtual time, and all events of the client's: the same in each run. The client is
/// "us", and the link reports what it loses.
/// </summary>
internal sealed class RecordedTalk
{
    private readonly TestPair _pair;

    public RecordedTalk(
        EngineOptions? client = null, EngineOptions? server = null, double delay = 20, string family = "4")
    {
        _pair = new TestPair(server, client, family: family)
        {
            Delay = TimeSpan.FromMilliseconds(delay),
            Carries = Carries,
        };
    }

    public TestHost Us => _pair.B;

    public TestHost Peer => _pair.A;

    public Tcb Client { get; private set; } = null!;

    public Tcb Server { get; private set; } = null!;

    public MonotonicTime Now => _pair.Now;

    /// <summary>Says whether the link loses a frame: from us or not, the header, and the bytes of data.</summary>
    public Func<bool, TcpHeader, int, bool> Loses { get; set; } = (_, _, _) => false;

    /// <summary>All events so far, explained.</summary>
    public IReadOnlyList<ExplainedEvent> Events
    {
        get
        {
            var explainer = new EventExplainer();
            return [.. Us.Trace.Select(traceEvent => explainer.Explain(traceEvent))];
        }
    }

    /// <summary>We open, and the peer accepts.</summary>
    public RecordedTalk Connect(ConnectionOptions? options = null)
    {
        (Server, Client) = _pair.Connect(options);
        return this;
    }

    /// <summary>Both ends open to each other at the same time.</summary>
    public RecordedTalk OpenBoth()
    {
        Peer.Engine.Open(
            null, new Port(5001), Us.Address, new Port(5000), ConnectionOptions.Default, Now, out var server);
        Us.Engine.Open(
            null, new Port(5000), Peer.Address, new Port(5001), ConnectionOptions.Default, Now, out var client);
        (Server, Client) = (server!, client!);
        return this;
    }

    /// <summary>We write, and the peer reads it all.</summary>
    public RecordedTalk Send(int bytes)
    {
        _pair.Transfer(Us, Client, Peer, Server, new byte[bytes]);
        return this;
    }

    /// <summary>The peer writes, and we read it all.</summary>
    public RecordedTalk Receive(int bytes)
    {
        _pair.Transfer(Peer, Server, Us, Client, new byte[bytes]);
        return this;
    }

    /// <summary>We write, and the peer does not read.</summary>
    public RecordedTalk Write(int bytes)
    {
        Us.Engine.Send(Client, Us.Chain(new byte[bytes]), Now);
        return this;
    }

    /// <summary>The peer reads all that has arrived.</summary>
    public RecordedTalk Read()
    {
        Peer.ReadAll(Server, Now);
        return this;
    }

    /// <summary>We close.</summary>
    public RecordedTalk Close()
    {
        Us.Engine.Close(Client, Now);
        return this;
    }

    /// <summary>The peer closes.</summary>
    public RecordedTalk PeerCloses()
    {
        Peer.Engine.Close(Server, Now);
        return this;
    }

    /// <summary>Time passes.</summary>
    public RecordedTalk Run(double milliseconds)
    {
        _pair.Run(TimeSpan.FromMilliseconds(milliseconds));
        return this;
    }

    private bool Carries(TestHost from, byte[] frame)
    {
        Assert.True(IpPacket.TryParse(frame, false, out var packet, out _));
        Assert.True(TcpSegment.TryParse(packet.Payload, out var segment));
        var header = new TcpHeader(
            segment.SourcePort, segment.DestinationPort, segment.Seq, segment.Ack, segment.Flags, segment.Window);
        if (!Loses(from == Us, header, segment.Payload.Length))
            return true;
        IEngineObserver observer = Us;
        var tuple = from == Us
            ? new FourTuple(Us.Address, header.SourcePort, Peer.Address, header.DestinationPort)
            : new FourTuple(Us.Address, header.DestinationPort, Peer.Address, header.SourcePort);
        observer.OnEvent(new TraceEvent
        {
            Kind = TraceEventKind.Link,
            Time = Now,
            Tuple = tuple,
            Link = new LinkVerdict
            {
                Kind = LinkVerdictKind.Lost,
                Outbound = from == Us,
                Tuple = tuple,
                Header = header,
                PayloadLength = segment.Payload.Length,
            },
        });
        return false;
    }
}
