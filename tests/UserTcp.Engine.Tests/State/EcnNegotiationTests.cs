using UserTcp.Engine.Contract;
using UserTcp.Engine.State;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.State;

/// <summary>ECN negotiation on the SYNs (RFC 3168 section 6.1.1).</summary>
[Trait("RFC", "3168 section 6.1.1")]
[Trait("RFC9293", "SHLD-8")]
public sealed class EcnNegotiationTests
{
    private const TcpFlags Syn = TcpFlags.Syn;
    private const TcpFlags Ack = TcpFlags.Ack;
    private const TcpFlags Ece = TcpFlags.Ece;
    private const TcpFlags Cwr = TcpFlags.Cwr;

    [Theory]
    [InlineData(EcnMode.Passive, Syn | Ece | Cwr, Ece)]
    [InlineData(EcnMode.Active, Syn | Ece | Cwr, Ece)]
    [InlineData(EcnMode.Off, Syn | Ece | Cwr, TcpFlags.None)]
    [InlineData(EcnMode.Passive, Syn, TcpFlags.None)]
    [InlineData(EcnMode.Active, Syn, TcpFlags.None)]
    [InlineData(EcnMode.Passive, Syn | Ece, TcpFlags.None)]
    [InlineData(EcnMode.Passive, Syn | Cwr, TcpFlags.None)]
    public void An_ECN_setup_SYN_is_answered_by_mode(EcnMode mode, TcpFlags syn, TcpFlags answer)
    {
        var s = new Script(new EngineOptions { Ecn = mode }, cookies: SynCookieMode.Never);
        s.Listen();
        s.Inject(syn, seq: 0);
        Assert.Equal(0, s.Expect(Syn | Ack | answer).TrafficClass);
        s.Inject(Ack, seq: 1, ack: 1);
        s.AcceptWaiting();
        Uses(s, answer != TcpFlags.None);
    }

    [Theory]
    [InlineData(EcnMode.Active, Syn | Ack | Ece, true)]
    [InlineData(EcnMode.Active, Syn | Ack, false)]
    [InlineData(EcnMode.Active, Syn | Ack | Ece | Cwr, false)]
    [InlineData(EcnMode.Active, Syn | Ack | Cwr, false)]
    [InlineData(EcnMode.Passive, Syn | Ack | Ece, false)]
    [InlineData(EcnMode.Off, Syn | Ack | Ece, false)]
    public void Our_SYN_requests_ECN_by_mode_and_only_ECE_alone_agrees(EcnMode mode, TcpFlags answer, bool agreed)
    {
        var s = Opening(mode);
        Assert.Equal(0, s.Expect(mode == EcnMode.Active ? Syn | Ece | Cwr : Syn).TrafficClass);
        s.Inject(answer, seq: 0, ack: 1);
        s.Expect(Ack, ack: 1);
        Uses(s, agreed);
    }

    [Fact]
    [Trait("RFC", "3168 section 6.1.1.1")]
    public void A_retransmitted_SYN_does_not_request_ECN_and_ignores_an_answer()
    {
        var s = Opening(EcnMode.Active);
        s.Expect(Syn | Ece | Cwr);
        s.PassMilliseconds(1100);
        s.Expect(Syn);
        s.Inject(Syn | Ack | Ece, seq: 0, ack: 1);
        s.Expect(Ack, ack: 1);
        Uses(s, false);
    }

    [Fact]
    [Trait("RFC", "3168 section 6.1.1.1")]
    public void A_retransmitted_SYN_without_the_request_ends_the_negotiation()
    {
        var s = new Script(cookies: SynCookieMode.Never);
        s.Listen();
        s.Inject(Syn | Ece | Cwr, seq: 0);
        s.Expect(Syn | Ack | Ece);
        s.Inject(Syn, seq: 0);
        s.Expect(Syn | Ack);
        s.Inject(Ack, seq: 1, ack: 1);
        s.AcceptWaiting();
        Uses(s, false);
    }

    [Fact]
    public void A_retransmitted_SYN_ACK_still_agrees()
    {
        var s = new Script(cookies: SynCookieMode.Never);
        s.Listen();
        s.Inject(Syn | Ece | Cwr, seq: 0);
        s.Expect(Syn | Ack | Ece);
        s.PassMilliseconds(1100);
        s.Expect(Syn | Ack | Ece);
        s.Inject(Ack, seq: 1, ack: 1);
        s.AcceptWaiting();
        Uses(s, true);
    }

    [Theory]
    [InlineData(Syn | Ece | Cwr, true)]
    [InlineData(Syn, false)]
    public void A_simultaneous_open_agrees_when_both_SYNs_request(TcpFlags syn, bool agreed)
    {
        var s = Opening(EcnMode.Active);
        s.Expect(Syn | Ece | Cwr);
        s.Inject(syn, seq: 0);
        s.Expect(Syn | Ack | (agreed ? Ece : 0));
        s.Inject(Ack, seq: 1, ack: 1);
        Uses(s, agreed);
    }

    private static Script Opening(EcnMode mode)
    {
        var s = new Script(new EngineOptions { Ecn = mode }, cookies: SynCookieMode.Never)
        {
            HostPort = new Port(50_000),
        };
        var error = s.Engine.Open(null, s.HostPort, s.Peer, s.PeerPort, ConnectionOptions.Default, s.Now, out _);
        Assert.Equal(EngineError.None, error);
        return s;
    }

    private static void Uses(Script s, bool agreed)
    {
        var tcb = s.Engine.State.Connections.Find(s.Tuple)!;
        Assert.Equal((TcpState.Established, agreed), (tcb.State, s.Engine.GetSnapshot(tcb).Ecn));
        s.Engine.Send(tcb, s.Host.Chain("data"u8), s.Now);
        Assert.Equal(agreed ? EcnState.CapableTransport : 0, s.Expect(Ack, data: "data").TrafficClass);
    }
}
