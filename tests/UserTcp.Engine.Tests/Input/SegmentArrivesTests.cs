using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Input;

/// <summary>
/// SYN, ACK and sequence numbers in synchronized states (RFC 9293 section 3.10.7.4, RFC 5961 sections 4 and 5).
/// </summary>
public class SegmentArrivesTests
{
    public static TheoryData<TcpState> Synchronized => Reached.Synchronized;

    [Theory]
    [MemberData(nameof(Synchronized))]
    [Trait("RFC", "5961 section 4.2")]
    public void A_SYN_at_any_sequence_number_draws_a_challenge_ACK(TcpState state)
    {
        TcpFlags[] combinations =
            [TcpFlags.Syn, TcpFlags.Syn | TcpFlags.Ack, TcpFlags.Syn | TcpFlags.Fin | TcpFlags.Ack];
        foreach (var flags in combinations)
        {
            foreach (var offset in new uint[] { 0, 1, 1000, 1 << 25, 1u << 31, uint.MaxValue })
            {
                var (s, una, nxt, rcv) = Reached.State(state);
                s.Inject(flags, seq: unchecked(rcv + offset), ack: una);
                s.Expect(TcpFlags.Ack, seq: nxt, ack: rcv, length: 0);
                s.ExpectNothing();
                Assert.Equal(state, s.State);
                Assert.Equal(1, s.Count(Counter.ChallengeAcks));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Synchronized))]
    [Trait("RFC9293", "MAY-12")]
    [Trait("RFC", "5961 section 5.2")]
    public void An_ACK_of_unsent_data_or_too_old_an_ACK_draws_a_challenge_ACK_and_its_data_is_dropped(TcpState state)
    {
        // Beyond SND.NXT, including SND.NXT + 1, and far below SND.UNA.
        foreach (var offset in new uint[]
        {
            1, 5, 1u << 30, 1u << 31, unchecked(0u - Script.PeerWindow - 1), unchecked(0u - (1u << 30))
        })
        {
            var (s, una, nxt, rcv) = Reached.State(state);
            s.Inject(TcpFlags.Ack, seq: rcv, ack: unchecked(((int)offset > 0 ? nxt : una) + offset), data: "injected");
            s.Expect(TcpFlags.Ack, seq: nxt, ack: rcv, length: 0);
            s.ExpectNothing();
            Assert.Equal("", s.Read());
            Assert.Equal((state, 1), (s.State, s.Count(Counter.ChallengeAcks)));
        }
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(1u)]
    [InlineData(10u)]
    [Trait("RFC", "5961 section 5.2")]
    public void Data_with_an_old_but_acceptable_ACK_is_received(uint age)
    {
        var s = Reached.State(TcpState.Established).Script;
        s.Send(new byte[10]);
        s.Drain();
        s.Inject(TcpFlags.Ack, seq: 1, ack: 11);
        s.Inject(TcpFlags.Ack, seq: 1, ack: 11 - age, data: "late but right");
        Assert.Equal("late but right", s.Read());
    }

    [Theory]
    [MemberData(nameof(Isn.FamilyPairs), MemberType = typeof(Isn))]
    [Trait("RFC", "5961 section 5.2")]
    public void An_ACK_from_before_the_first_byte_is_too_old_with_any_window(string family, uint iss, uint irs)
    {
        foreach (var sent in new[] { 0, 10 })
        {
            var s = new Script(family: family, iss: iss, irs: irs);
            s.Accept();
            if (sent > 0)
                s.Send(new byte[sent]);
            s.Drain();
            s.Inject(TcpFlags.Ack, seq: 1, ack: 1 + (uint)sent);
            s.ExpectNothing();
            s.Inject(TcpFlags.Ack, seq: 1, ack: 0, data: "injected");
            s.Expect(TcpFlags.Ack, seq: 1 + (uint)sent, ack: 1, length: 0);
            Assert.Equal(("", 1), (s.Read(), s.Count(Counter.ChallengeAcks)));
        }
    }

    [Theory]
    [MemberData(nameof(Synchronized))]
    public void A_segment_without_ACK_is_dropped(TcpState state)
    {
        var (s, _, _, rcv) = Reached.State(state);
        var before = s.Snapshot();
        TcpFlags[] combinations =
            [TcpFlags.None, TcpFlags.Psh, TcpFlags.Fin, TcpFlags.Urg | TcpFlags.Psh | TcpFlags.Fin];
        foreach (var flags in combinations)
            s.Inject(flags, seq: rcv, data: "x");
        s.ExpectNothing();
        Assert.Equal(before, s.Snapshot());
        Assert.Equal(4, s.Count(Counter.DroppedUnacceptable));
    }

    [Theory]
    [MemberData(nameof(Synchronized))]
    public void Data_outside_the_window_is_dropped_and_each_segment_answered(TcpState state)
    {
        var (s, una, nxt, rcv) = Reached.State(state);
        foreach (var seq in new[] { unchecked(rcv - 4), unchecked(rcv - 100_000), rcv + (1 << 21), rcv + (1u << 31) })
        {
            s.Inject(TcpFlags.Ack, seq: seq, ack: una, data: "old");
            s.Expect(TcpFlags.Ack, seq: nxt, ack: rcv, length: 0);
        }

        Assert.Equal((state, ""), (s.State, s.Read()));
    }

    [Theory]
    [MemberData(nameof(Synchronized))]
    public void Two_desynchronized_ends_do_not_exchange_ACKs_without_end(TcpState state)
    {
        var (s, una, _, rcv) = Reached.State(state);
        for (var i = 0; i < 100; i++)
            s.Inject(TcpFlags.Ack, seq: unchecked(rcv - 70_000), ack: una);
        Assert.Equal(1, s.Drain());
    }

    [Theory]
    [MemberData(nameof(Isn.FamilyPairs), MemberType = typeof(Isn))]
    public void A_SYN_elsewhere_in_SYN_RECEIVED_changes_nothing(string family, uint iss, uint irs)
    {
        foreach (var seq in new uint[] { 1, 500, 1u << 31, uint.MaxValue })
        {
            var s = Reached.State(TcpState.SynReceived, family, iss, irs).Script;
            s.Inject(TcpFlags.Syn, seq: seq);
            s.Expect(TcpFlags.Ack, seq: 1, ack: 1);
            Assert.Equal((TcpState.SynReceived, 1), (s.State, s.Engine.ConnectionCount));
            s.Inject(TcpFlags.Ack, seq: 1, ack: 1);
            Assert.Equal(TcpState.Established, s.State);
        }
    }

    [Fact]
    public void The_peer_resets_an_old_duplicate_SYN_and_its_new_SYN_opens()
    {
        // RFC 9293 section 3.5, figure 9.
        var s = new Script(irs: 1000);
        s.Listen();
        s.Inject(TcpFlags.Syn, seq: unchecked(0u - 910));
        var answer = s.Expect(TcpFlags.Syn | TcpFlags.Ack);
        Assert.Equal(91u, answer.Header.Ack.Value);
        s.Inject(TcpFlags.Rst, seq: unchecked(91u - 1000));
        s.Inject(TcpFlags.Syn, seq: 0);
        s.Expect(TcpFlags.Syn | TcpFlags.Ack, seq: 0, ack: 1);
        s.Inject(TcpFlags.Ack, seq: 1, ack: 1);
        Assert.Equal(TcpState.Established, s.State);
    }

    [Fact]
    public void A_peer_that_has_crashed_resets_the_half_open_connection_and_opens_again()
    {
        // RFC 9293 section 3.5.1, figure 10: the SYN draws a challenge ACK, that draws a RST, and the next SYN opens.
        var s = Reached.State(TcpState.Established).Script;
        s.Inject(TcpFlags.Syn, seq: 70_000_000);
        var challenge = s.Expect(TcpFlags.Ack, seq: 1, ack: 1);
        s.Inject(TcpFlags.Rst, seq: unchecked((uint)(challenge.Header.Ack - s.Irs)));
        Assert.Equal(EngineError.ConnectionReset, s.Connection.Error);
        s.Inject(TcpFlags.Syn, seq: 70_000_000);
        s.Expect(TcpFlags.Syn | TcpFlags.Ack, seq: 0, ack: 70_000_001);
    }
}
