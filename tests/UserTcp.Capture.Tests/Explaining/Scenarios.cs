using UserTcp.Engine.Contract;
using UserTcp.Engine.State;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Capture.Tests.Explaining;

/// <summary>Short connections with a crafted peer. Together they give every reason that an engine can give.</summary>
internal static class Scenarios
{
    private const TcpFlags Ack = TcpFlags.Ack;
    private const TcpFlags FinAck = TcpFlags.Fin | TcpFlags.Ack;
    private const TcpFlags SynAck = TcpFlags.Syn | TcpFlags.Ack;

    /// <summary>All scenarios; each is an engine that has had its traffic.</summary>
    public static IEnumerable<TestHost> All =>
    [
        PassiveCloses(), ActiveOpen(), SimultaneousOpen(), RepeatedSyn(), Cookie(), ListenFull(),
        Receiver(), DelayedAcks(), FullReceiveWindow(), ProbesOfThePeer(), FinBeyondHole(),
        Challenges(), Resets(), ResetAfterClose(), Aborted(), NoListener(),
        Rack(), RackTimer(), SackCount(), NewReno(), Timeout(), TailLossProbe(), Spurious(), ReportedDuplicate(),
        ZeroWindow(), ShrunkWindow(), Nagle(), Paced(), PacketTooBig(), BlackHole(),
        KeepAliveOfOurs(), UserTimeout(), Urgent(), GivenUp(), MinProgress(), OutOfMemory(), NoMemory(),
        InternalFault(), Ecn(), Paws(), TimeWaitReuse(), SuperSegments(),
    ];

    private static TestHost PassiveCloses()
    {
        var s = Script.Established();
        s.Inject(Ack, seq: 1, ack: 1, data: "hello");
        s.Read();
        s.Send("world");
        s.Inject(Ack, seq: 6, ack: 6);
        s.Inject(Ack, seq: 6, ack: 3);
        s.Inject(Ack, seq: 2, ack: 6);
        s.Inject(FinAck, seq: 6, ack: 6);
        s.Inject(FinAck, seq: 6, ack: 6);
        s.Close();
        s.Drain();
        s.Inject(Ack, seq: 7, ack: 7);
        return s.Host;
    }

    private static TestHost ActiveOpen()
    {
        var s = new Script(cookies: SynCookieMode.Never);
        s.Open();
        s.Pass(TimeSpan.FromSeconds(2));
        s.Drain();
        s.Inject(Ack, seq: 0, ack: 77);
        s.Drain();
        s.Inject(TcpFlags.None, seq: 0);
        s.Inject(SynAck, seq: 0, ack: 1);
        s.Drain();
        s.Shutdown();
        s.Inject(Ack, seq: 1, ack: 2);
        s.Inject(FinAck, seq: 1, ack: 2);
        s.Inject(FinAck, seq: 1, ack: 2);
        s.Inject(Ack, seq: 2, ack: 2, data: "late");
        s.Drain();
        return s.Host;
    }

    private static TestHost SimultaneousOpen()
    {
        var s = new Script(cookies: SynCookieMode.Never);
        s.Open();
        s.Inject(TcpFlags.Syn, seq: 0);
        s.Drain();
        s.Inject(SynAck, seq: 0, ack: 1);
        s.Drain();
        return s.Host;
    }

    private static TestHost RepeatedSyn()
    {
        var s = new Script(cookies: SynCookieMode.Never);
        s.Listen();
        s.Inject(TcpFlags.Syn, seq: 0);
        s.Drain();
        s.Inject(TcpFlags.Syn, seq: 0);
        s.Drain();
        s.Inject(Ack, seq: 1, ack: 1);
        return s.Host;
    }

    private static TestHost Cookie()
    {
        new CookiePeer().Listen().Accept();
        var peer = new CookiePeer().Listen();
        peer.Accept();
        return peer.Script.Host;
    }

    private static TestHost ListenFull()
    {
        var s = new Script(cookies: SynCookieMode.Never);
        s.Listen(backlog: 1);
        for (ushort port = 1; port < 3; port++)
        {
            s.PeerPort = new Port(port);
            s.Inject(TcpFlags.Syn, seq: 0);
            if (port == 1)
            {
                s.Expect(SynAck);
                s.Inject(Ack, seq: 1, ack: 1);
            }
        }

        return s.Host;
    }

    private static TestHost Receiver()
    {
        var s = new SackScript();
        s.Inject(1001, 2001);
        s.Inject(1, 1001);
        s.Inject(1, 1001);
        s.Inject(3001, 4001);
        s.Inject(3001, 4001);
        s.Inject(10_000_001, 10_000_101);
        s.Script.Drain();
        return s.Script.Host;
    }

    private static TestHost DelayedAcks()
    {
        var s = Script.Established(engine: new EngineOptions { QuickAcks = 1 });
        for (uint seq = 1; seq < 5000; seq += 1000)
            s.Inject(Ack, seq, ack: 1, data: new string('x', 1000));
        s.PassMilliseconds(500);
        s.Drain();
        return s.Host;
    }

    private static TestHost FullReceiveWindow()
    {
        var s = new Script(cookies: SynCookieMode.Never);
        s.Accept(options: new ConnectionOptions { ReceiveBufferSize = 4096 });
        for (uint seq = 1; seq < 8000; seq += 1000)
        {
            s.Inject(Ack, seq, ack: 1, data: new string('x', 1000));
            s.PassMilliseconds(50);
        }

        s.Drain();
        s.Read();
        s.Drain();
        return s.Host;
    }

    private static TestHost ProbesOfThePeer()
    {
        var s = new Script(cookies: SynCookieMode.Never);
        s.Accept(options: new ConnectionOptions { ReceiveBufferSize = 4096 });
        s.Inject(Ack, seq: 0, ack: 1);
        s.Drain();
        s.PassMilliseconds(2000);
        for (uint seq = 1; seq < 6000; seq += 500)
            s.Inject(Ack, seq, ack: 1, data: new string('x', 500));
        var next = (s.Connection.Rcv.Nxt - s.Irs);
        s.PassMilliseconds(2000);
        s.Drain();
        s.Inject(Ack, (uint)next - 1, ack: 1);
        s.Drain();
        return s.Host;
    }

    private static TestHost FinBeyondHole()
    {
        var s = Script.Established();
        s.Inject(FinAck, seq: 11, ack: 1, data: "end");
        s.Drain();
        return s.Host;
    }

    private static TestHost Challenges()
    {
        var s = Script.Established();
        s.Inject(TcpFlags.Syn, seq: 10);
        s.Inject(TcpFlags.Syn, seq: 10);
        s.PassMilliseconds(2000);
        s.Inject(TcpFlags.Rst, seq: 10);
        s.Inject(TcpFlags.Rst, seq: 1 << 30);
        s.Inject(Ack, seq: 1, ack: 5000);
        s.Inject(TcpFlags.None, seq: 1, data: "no ACK");
        s.Inject(Ack, seq: 1 << 29, ack: 1);
        s.PassMilliseconds(2000);
        s.Inject(Ack, seq: 1 << 29, ack: 1);
        s.Drain();
        return s.Host;
    }

    private static TestHost Resets()
    {
        var s = Script.Established();
        s.Inject(TcpFlags.Rst, seq: 1);
        return s.Host;
    }

    private static TestHost ResetAfterClose()
    {
        var s = Script.Established();
        s.Close();
        s.Drain();
        s.Inject(Ack, seq: 1, ack: 2, data: "too late");
        s.Drain();
        return s.Host;
    }

    private static TestHost Aborted()
    {
        var s = Script.Established();
        s.Abort();
        s.Drain();
        return s.Host;
    }

    private static TestHost NoListener()
    {
        var s = new Script();
        s.Inject(TcpFlags.Syn, seq: 0);
        s.Drain();
        return s.Host;
    }

    private static TestHost Rack()
    {
        var s = Sender();
        s.Ack(0, "1-2");
        s.Ack(0, "1-4");
        s.Sent();
        s.Script.PassMilliseconds(100);
        s.Ack(1, "3-4");
        s.Sent();
        s.Script.PassMilliseconds(100);
        s.Ack(10);
        s.Sent();
        s.Script.PassMilliseconds(100);
        s.Ack(14);
        return s.Script.Host;
    }

    private static TestHost RackTimer()
    {
        var s = Sender(segments: 2);
        s.Ack(0, "1-2");
        s.Script.PassMilliseconds(40);
        return s.Script.Host;
    }

    private static TestHost SackCount()
    {
        var s = Sender(detection: LossDetectionMethod.Sack);
        s.Ack(0, "1-2");
        s.Ack(0, "1-3");
        s.Ack(0, "1-6");
        s.Sent();
        return s.Script.Host;
    }

    private static TestHost NewReno()
    {
        var s = Sender(sack: false);
        for (var i = 0; i < 5; i++)
            s.Ack(0);
        s.Sent();
        s.Script.PassMilliseconds(100);
        s.Ack(4);
        s.Sent();
        return s.Script.Host;
    }

    private static TestHost Timeout()
    {
        var s = Sender(segments: 3);
        s.Script.Close();
        s.Script.Pass(TimeSpan.FromSeconds(5));
        s.Sent();
        s.Ack(3);
        s.Script.Pass(TimeSpan.FromSeconds(5));
        s.Sent();
        return s.Script.Host;
    }

    private static TestHost TailLossProbe()
    {
        var s = Sender(segments: 3);
        s.Script.PassMilliseconds(300);
        s.Sent();
        return s.Script.Host;
    }

    private static TestHost Spurious()
    {
        var s = new SenderScript(timestamps: true);
        s.Sent();
        var clock = s.Clock;
        s.Script.Pass(TimeSpan.FromSeconds(1));
        s.Sent();
        s.Ack(1, echo: clock);
        s.Sent();
        return s.Script.Host;
    }

    private static TestHost ReportedDuplicate()
    {
        var s = Sender();
        s.Ack(2);
        s.Sent();
        s.Ack(2, "0-1");
        return s.Script.Host;
    }

    private static TestHost ZeroWindow()
    {
        var s = Script.Established(window: 1000);
        s.Send(new byte[5000]);
        s.Drain();
        s.Inject(Ack, seq: 1, ack: 1, window: 0);
        s.Pass(TimeSpan.FromSeconds(2));
        s.Drain();
        s.Inject(Ack, seq: 1, ack: 1, window: 0);
        s.Inject(Ack, seq: 1, ack: 1, window: 3000);
        s.Pass(TimeSpan.FromSeconds(1));
        s.Drain();
        return s.Host;
    }

    private static TestHost ShrunkWindow()
    {
        var s = Script.Established(window: 10_000);
        s.Inject(Ack, seq: 1, ack: 1, window: 5000);
        s.Inject(Ack, seq: 1, ack: 1, window: 20_000);
        s.Inject(Ack, seq: 1, ack: 1, window: 20_000);
        return s.Host;
    }

    private static TestHost Nagle()
    {
        var s = Script.Established();
        s.Send("one");
        s.Send("two");
        s.Drain();
        return s.Host;
    }

    private static TestHost Paced()
    {
        var options = new EngineOptions { Pacing = true };
        var s = new Script(options, cookies: SynCookieMode.Never);
        s.Accept(roundTrip: TimeSpan.FromMilliseconds(100));
        s.Send(new byte[200_000]);
        for (uint ack = 1; ack < 40_000; ack += 2920)
        {
            s.PassMilliseconds(20);
            s.Inject(Ack, seq: 1, ack: ack);
            s.Drain();
        }

        return s.Host;
    }

    private static TestHost PacketTooBig()
    {
        var s = Script.Established(noDelay: true);
        s.Send(new byte[1460]);
        s.Drain();
        var quoted = s.LastSent;
        s.InjectFrame(Frames.Icmp(s.Peer, s.Host.Address, 3, 4, 1000u, quoted.AsSpan(0, 28)));
        s.Drain();
        return s.Host;
    }

    private static TestHost BlackHole()
    {
        var pair = new TestPair(
            new EngineOptions { PathMtuProbing = PathMtuProbing.WhenBlackHole },
            new EngineOptions { PathMtuProbing = PathMtuProbing.WhenBlackHole })
        {
            Delay = TimeSpan.FromMilliseconds(10),
            Carries = (_, frame) => frame.Length <= 1000,
        };
        var (server, client) = pair.Connect();
        pair.Transfer(pair.B, client, pair.A, server, new byte[400_000]);
        return pair.B;
    }

    private static TestHost KeepAliveOfOurs()
    {
        var s = new Script(cookies: SynCookieMode.Never);
        s.Accept(options: new ConnectionOptions { KeepAlive = true, KeepAliveTime = TimeSpan.FromSeconds(60) });
        s.Pass(TimeSpan.FromSeconds(61));
        s.Drain();
        return s.Host;
    }

    private static TestHost UserTimeout()
    {
        var s = Script.Established();
        s.Engine.SetOptions(
            s.Connection, new ConnectionOptions { AdvertisedUserTimeout = TimeSpan.FromSeconds(200) }, s.Now);
        s.Drain();
        return s.Host;
    }

    private static TestHost Urgent()
    {
        var s = Script.Established(window: 3);
        s.InjectBytes(Ack | TcpFlags.Urg, seq: 1, ack: 1, "abcdef"u8, urgent: 4);
        s.Send("abcdef");
        s.Drain();
        s.Engine.SetUrgent(s.Connection, s.Now);
        s.Drain();
        return s.Host;
    }

    private static TestHost GivenUp()
    {
        var s = Script.Established();
        s.Send("nobody answers");
        s.Pass(TimeSpan.FromMinutes(30));
        s.Drain();
        return s.Host;
    }

    private static TestHost MinProgress()
    {
        var options = new EngineOptions { MinProgressInterval = TimeSpan.FromMinutes(1), MinProgressBytes = 1000 };
        var s = Script.Established(window: 0, engine: options);
        s.Send("never taken");
        for (var i = 0; i < 70; i++)
        {
            s.Pass(TimeSpan.FromSeconds(1));
            s.Drain();
            s.Inject(Ack, seq: 1, ack: 1, window: 0);
        }

        s.Drain();
        return s.Host;
    }

    private static TestHost OutOfMemory()
    {
        var s = Script.Established(engine: new EngineOptions { MaxMemory = 1 << 20 });
        for (var i = 0; i < 80; i++)
        {
            s.Send(new byte[16_384]);
            s.PassMilliseconds(200);
        }

        s.Drain();
        return s.Host;
    }

    private static TestHost NoMemory()
    {
        var s = Script.Established(engine: new EngineOptions { MaxMemory = 1 << 20 });
        s.Engine.ShareMemory(1 << 20, 1 << 20);
        s.Inject(Ack, seq: 1, ack: 1, data: "kept, since nothing is unread");
        s.Engine.ShareMemory(1 << 20, 1 << 20);
        s.Inject(Ack, seq: 30, ack: 1, data: "dropped");
        s.Drain();
        return s.Host;
    }

    private static TestHost InternalFault()
    {
        var s = Script.Established(engine: new EngineOptions { MaxConnectionFaults = 10 });
        s.Engine.State.Injector = new InjectedFault(FaultPoint.SegmentArrives);
        s.Inject(Ack, seq: 1, ack: 1, data: "boom");
        s.Drain();
        return s.Host;
    }

    private static TestHost Ecn()
    {
        var s = new EcnScript();
        s.InjectCe(Ack, 1, new string('x', 1000));
        s.Inject(Ack | TcpFlags.Cwr, 1001, new string('x', 1000));
        s.Send(8);
        s.Script.Inject(Ack | TcpFlags.Ece, seq: 2001, ack: 1001);
        s.Script.Inject(Ack | TcpFlags.Ece, seq: 2001, ack: 2001);
        s.Send(4);
        return s.Script.Host;
    }

    private static TestHost Paws()
    {
        var s = new Script(cookies: SynCookieMode.Never);
        s.Accept(offer: new TcpOptions { Timestamps = new TcpTimestamps(1000, 0) });
        s.Inject(
            Ack, seq: 1, ack: 1, data: "old", options: new TcpOptions { Timestamps = new TcpTimestamps(900, 0) });
        s.Drain();
        return s.Host;
    }

    private static TestHost TimeWaitReuse()
    {
        var s = Reached.State(TcpState.TimeWait, "4", Isn.BeforeHalf, Isn.BeforeWrap).Script;
        s.Drain();
        s.Inject(TcpFlags.Syn, seq: 100_000);
        s.Drain();
        return s.Host;
    }

    private static TestHost SuperSegments()
    {
        var link = new LinkProperties(1500, ChecksumOffload: true, SegmentationOffload: true);
        var s = new Script(link: link, cookies: SynCookieMode.Never);
        s.Accept();
        s.Send(new byte[10_000]);
        s.Drain();
        return s.Host;
    }

    private static SenderScript Sender(
        int segments = 1000, bool sack = true, LossDetectionMethod detection = LossDetectionMethod.Rack)
    {
        var s = new SenderScript(segments: segments, sack: sack, detection: detection);
        s.Sent();
        s.Script.PassMilliseconds(100);
        return s;
    }
}
