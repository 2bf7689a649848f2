using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Congestion;

/// <summary>The congestion window as the peer sees it (RFC 5681).</summary>
public class CongestionWindowTests
{
    private const TcpFlags Ack = TcpFlags.Ack;
    private const uint Mss = 1460;

    [Theory, MemberData(nameof(Isn.Pairs), MemberType = typeof(Isn))]
    [Trait("RFC9293", "MUST-19"), Trait("RFC", "6928 section 2")]
    public void The_first_flight_is_ten_segments_and_doubles_each_round_trip(uint irs, uint iss)
    {
        var script = Script.Established(irs, iss, noDelay: true);
        script.Send(Pattern.Bytes(200 * (int)Mss));
        Assert.Equal(10, script.Drain());
        for (uint i = 2; i <= 10; i += 2)
            script.Inject(Ack, seq: 1, ack: 1 + (i * Mss));
        Assert.Equal(20, script.Drain());
        for (uint i = 12; i <= 30; i += 2)
            script.Inject(Ack, seq: 1, ack: 1 + (i * Mss));
        Assert.Equal(40, script.Drain());
    }

    [Fact, Trait("RFC", "5681 section 3.1")]
    public void ACKs_byte_by_byte_release_no_more_than_one_ACK()
    {
        var script = Script.Established(noDelay: true);
        script.Send(Pattern.Bytes(100 * (int)Mss));
        script.Drain();
        for (uint i = 1; i <= 2 * Mss; i++)
            script.Inject(Ack, seq: 1, ack: 1 + i);
        Assert.Equal(4, script.Drain());
    }

    [Fact, Trait("RFC", "5681 section 4.1")]
    public void After_an_idle_RTO_the_window_restarts_at_the_initial_window()
    {
        var script = Grown();
        script.PassMilliseconds(201);
        script.Send(Pattern.Bytes(100 * (int)Mss));
        Assert.Equal(10, script.Drain());
    }

    [Fact, Trait("RFC", "5681 section 4.1")]
    public void Idle_time_below_the_RTO_keeps_the_window()
    {
        var script = Grown();
        script.PassMilliseconds(100);
        script.Send(Pattern.Bytes(100 * (int)Mss));
        Assert.Equal(20, script.Drain());
    }

    [Fact, Trait("RFC", "5681 section 4.1")]
    public void Retransmission_is_not_idle()
    {
        var script = Grown();
        script.Connection.Congestion.OnLoss(200 * Mss);
        script.Send("x");
        script.Drain();
        for (var i = 0; i < 3; i++)
            script.PassUntilSent(TimeSpan.FromSeconds(2));
        var sent = script.Connection.LastDataSent;
        Assert.Equal(script.Now, sent);
    }

    private static Script Grown()
    {
        var script = Script.Established(noDelay: true);
        script.Send(Pattern.Bytes(10 * (int)Mss));
        Assert.Equal(10, script.Drain());
        for (uint i = 1; i <= 10; i++)
            script.Inject(Ack, seq: 1, ack: 1 + (i * Mss));
        while (script.Connection.Congestion.Window < 20 * Mss)
            script.Connection.Congestion.OnAcknowledged((int)Mss, true);
        Assert.Equal(20 * Mss, script.Connection.Congestion.Window);
        return script;
    }
}
