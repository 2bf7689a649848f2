using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Capture.Tests.Explaining;

/// <summary>Short connections with a crafted peer. Together they give every reason that an engine can give.</summary>
internal static partial class Scenarios
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
}
