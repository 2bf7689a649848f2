using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Input;

/// <summary>
/// The RST for a segment without a connection (RFC 9293 sections 3.5.2 and 3.10.7.1), and LISTEN (section 3.10.7.2).
/// </summary>
public class ResetGenerationTests
{
    public static TheoryData<int> AllFlags => [.. Enumerable.Range(0, 64)];

    [Theory]
    [MemberData(nameof(AllFlags))]
    [Trait("RFC", "9293 section 3.5.2")]
    public void CLOSED_answers_all_segments_but_a_RST_with_an_acceptable_RST(int combination)
    {
        var flags = (TcpFlags)combination;
        foreach (var family in new[] { "4", "6" })
        {
            var s = new Script(family: family, cookies: SynCookieMode.Never);
            s.Inject(flags, seq: 7, ack: 99, data: "abc");
            if (flags.HasFlag(TcpFlags.Rst))
            {
                s.ExpectNothing();
                continue;
            }

            var length = 3u + (flags.HasFlag(TcpFlags.Syn) ? 1u : 0) + (flags.HasFlag(TcpFlags.Fin) ? 1u : 0);
            if (flags.HasFlag(TcpFlags.Ack))
                s.ExpectResetAt(99);
            else
                Assert.Equal(0u, s.Expect(TcpFlags.Rst | TcpFlags.Ack, ack: 7 + length).Header.Seq.Value);
            s.AssertNothingLeft();
            Assert.Equal(1, s.Count(Counter.ResetsSent));
        }
    }

    [Theory]
    [MemberData(nameof(AllFlags))]
    public void LISTEN_accepts_a_SYN_resets_an_ACK_and_drops_the_rest(int combination)
    {
        var flags = (TcpFlags)combination;
        var s = new Script(cookies: SynCookieMode.Never);
        s.Listen();
        s.Inject(flags, seq: 0, ack: 99);
        if (flags.HasFlag(TcpFlags.Rst))
        {
            s.ExpectNothing();
        }
        else if (flags.HasFlag(TcpFlags.Ack))
        {
            s.ExpectResetAt(99);
        }
        else if (flags.HasFlag(TcpFlags.Syn) && !flags.HasFlag(TcpFlags.Fin))
        {
            s.Expect(TcpFlags.Syn | TcpFlags.Ack, seq: 0, ack: 1);
            Assert.Equal(1, s.Engine.ConnectionCount);
            return;
        }

        s.ExpectNothing();
        s.AssertNothingLeft();
        Assert.Equal(0, s.Count(Counter.DroppedListenFull));
        Assert.Equal(1, s.Count(Counter.DroppedUnacceptable));
    }

    [Theory]
    [MemberData(nameof(AllFlags))]
    [Trait("RFC", "9293 section 3.5.2")]
    public void No_state_answers_a_RST_with_a_RST(int combination)
    {
        foreach (var state in Enum.GetValues<TcpState>().Except([TcpState.Closed, TcpState.Listen]))
        {
            foreach (var offset in new uint[] { 0, 1, 1u << 31 })
            {
                var (s, una, _, rcv) = Reached.State(state);
                s.Inject((TcpFlags)combination | TcpFlags.Rst, seq: rcv + offset, ack: una + offset);
                Assert.Equal(0, s.Count(Counter.ResetsSent));
            }
        }
    }

    [Fact]
    public void Queued_RSTs_are_bounded()
    {
        var s = new Script(new EngineOptions { MaxPendingReplies = 10 }, cookies: SynCookieMode.Never);
        s.InjectBatch([.. Enumerable.Repeat(s.Segment(TcpFlags.Ack, seq: 1, ack: 5), 100)]);
        Assert.Equal(10, s.Drain());
        Assert.Equal(90, s.Count(Counter.DroppedReply));
    }
}
