using UserTcp.Engine.Contract;
using UserTcp.Engine.State;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Capture.Tests.Explaining;

/// <content>Losses, windows, timers and what else concerns a sender.</content>
internal static partial class Scenarios
{
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
