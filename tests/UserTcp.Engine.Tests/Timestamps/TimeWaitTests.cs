using System.Runtime.CompilerServices;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Tables;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Timestamps;

/// <summary>TIME-WAIT of a connection with timestamps: what it answers, and which SYN ends it (RFC 6191, RFC 9293 SHLD-4).</summary>
public class TimeWaitTests
{
    [Theory]
    [MemberData(nameof(Stamped.Corner), MemberType = typeof(Stamped))]
    [Trait("RFC", "7323 section 3.2")]
    public void What_it_sends_has_the_option_and_our_clock(string family, uint iss, uint irs, uint ours, uint peer)
    {
        // The first ACK leaves while the TCB goes, the second from the table; our clock has moved on.
        var t = Waiting(new Stamped(family, iss, irs, ours, peer));
        t.Script.Pass(TimeSpan.FromSeconds(20));
        t.Inject(TcpFlags.Fin | TcpFlags.Ack, seq: 1, ack: 2, value: 20_000);
        t.Expect(TcpFlags.Ack, seq: 2, ack: 2, echo: 20_000);
    }

    [Theory]
    [MemberData(nameof(Stamped.Corner), MemberType = typeof(Stamped))]
    [Trait("RFC9293", "SHLD-4")]
    [Trait("RFC", "6191 section 2")]
    public void A_newer_syn_opens_a_new_connection_wherever_its_number_lies(string family, uint iss, uint irs, uint ours, uint peer)
    {
        foreach (var seq in new uint[] { 0, 2, 3, 1u << 31, uint.MaxValue })
        {
            var t = Waiting(new Stamped(family, iss, irs, ours, peer));
            var s = t.Script;
            var old = s.Iss;
            t.Inject(TcpFlags.Syn, seq: seq, value: 11);
            t.Expect(TcpFlags.Syn | TcpFlags.Ack, seq: 0, ack: unchecked(seq + 1), echo: 11);
            Assert.True(s.Iss - old > ushort.MaxValue);
            Assert.Equal((1, TcpState.SynReceived), (s.Engine.TimeWaitCount, s.State));

            // What is left of the old connection is of the past for the new one, in its window or not.
            t.Inject(TcpFlags.Ack, seq: unchecked(seq + 1), ack: 1, value: 12);
            s.AcceptWaiting();
            t.Inject(TcpFlags.Ack, seq: unchecked(seq + 1), ack: 1, value: 10, data: "old");
            t.Expect(TcpFlags.Ack, ack: unchecked(seq + 1), echo: 12);
        }
    }

    [Theory]
    [InlineData(10, 2u, false)]
    [InlineData(10, 3u, true)]
    [InlineData(9, 3u, false)]
    [InlineData(9, 2u, false)]
    [InlineData(int.MinValue + 10, 3u, false)]
    [Trait("RFC", "6191 section 2")]
    public void With_the_same_timestamp_the_number_decides_and_an_older_one_never_opens(int value, uint seq, bool opens)
    {
        var t = Waiting(new Stamped());
        t.Inject(TcpFlags.Syn, seq: seq, value: value);
        if (opens)
            t.Expect(TcpFlags.Syn | TcpFlags.Ack, ack: seq + 1);
        else
            t.Expect(TcpFlags.Ack, seq: 2, ack: 2, echo: 10);
        Assert.Equal(opens ? TcpState.SynReceived : TcpState.TimeWait, t.Script.State);
        Assert.Equal(value == 10 ? 0 : 1, t.Script.Count(Counter.DroppedPaws));
    }

    [Theory]
    [InlineData(2u, false)]
    [InlineData(3u, true)]
    [Trait("RFC", "6191 section 2")]
    public void A_syn_without_timestamps_goes_by_its_number(uint seq, bool opens)
    {
        var t = Waiting(new Stamped());
        t.Script.Inject(TcpFlags.Syn, seq: seq);
        t.Script.Expect(opens ? TcpFlags.Syn | TcpFlags.Ack : TcpFlags.Ack);
        Assert.Equal(opens ? TcpState.SynReceived : TcpState.TimeWait, t.Script.State);
    }

    [Theory]
    [InlineData(2u, false)]
    [InlineData(3u, true)]
    public void After_a_connection_without_timestamps_the_number_decides_too(uint seq, bool opens)
    {
        var t = new Stamped();
        var s = Reached.In(t.Script, TcpState.TimeWait).Script;
        t.Inject(TcpFlags.Syn, seq: seq, value: 11);
        s.Expect(opens ? TcpFlags.Syn | TcpFlags.Ack : TcpFlags.Ack);
        Assert.Equal(opens ? TcpState.SynReceived : TcpState.TimeWait, s.State);
    }

    [Fact]
    [Trait("RFC", "7323 section 5.3")]
    public void The_past_neither_restarts_it_nor_is_answered_more_than_twice_a_second()
    {
        var t = Waiting(new Stamped());
        var s = t.Script;
        s.Pass(TimeSpan.FromSeconds(59));
        for (var i = 0; i < 100; i++)
            t.Inject(TcpFlags.Fin | TcpFlags.Ack, seq: 1, ack: 2, value: 9);
        t.Expect(TcpFlags.Ack, seq: 2, ack: 2, echo: 10);
        s.ExpectNothing();
        Assert.Equal(100, s.Count(Counter.DroppedPaws));
        s.Pass(TimeSpan.FromSeconds(1.1));
        s.AssertNothingLeft();
    }

    [Fact]
    public void What_comes_last_of_the_old_connection_is_what_a_syn_has_to_be_newer_than()
    {
        var t = Waiting(new Stamped());
        t.Inject(TcpFlags.Fin | TcpFlags.Ack, seq: 1, ack: 2, value: 50);
        t.Expect(TcpFlags.Ack, echo: 50);
        t.Inject(TcpFlags.Ack, seq: 2, ack: 2, value: 60);
        t.Script.ExpectNothing();
        t.Inject(TcpFlags.Syn, seq: 0, value: 59);
        t.Expect(TcpFlags.Ack, echo: 60);
        // What is not of that connection's sequence moves nothing.
        t.Script.Pass(TimeSpan.FromSeconds(1));
        t.Inject(TcpFlags.Ack, seq: 500, ack: 2, value: 1000);
        t.Expect(TcpFlags.Ack, echo: 60);
        t.Inject(TcpFlags.Syn, seq: 0, value: 61);
        t.Expect(TcpFlags.Syn | TcpFlags.Ack, echo: 61);
    }

    [Fact]
    public void An_entry_stays_small()
    {
        Assert.InRange(Unsafe.SizeOf<TimeWaitEntry>(), 1, 56);
        Assert.False(RuntimeHelpers.IsReferenceOrContainsReferences<TimeWaitEntry>());
        var entry = new TimeWaitEntry { TsRecent = 0 };
        Assert.Equal(0u, entry.TsRecent);
        entry.TsRecent = null;
        Assert.Null(entry.TsRecent);
    }

    [Fact]
    public void Scale_and_flags_of_a_half_open_entry_keep_out_of_each_others_way()
    {
        for (var flags = HalfOpenFlags.None; (int)flags < 16; flags++)
        {
            for (byte shift = 0; shift <= WindowScale.MaxShift; shift++)
            {
                var entry = new HalfOpenEntry { PeerScale = WindowScale.FromWire(shift), Flags = flags };
                Assert.Equal((shift, flags), (entry.PeerScale.Shift, entry.Flags));
                entry.PeerScale = WindowScale.None;
                Assert.Equal((0, flags), (entry.PeerScale.Shift, entry.Flags));
            }
        }
    }

    /// <summary>In TIME-WAIT; TS.Recent is 10.</summary>
    private static Stamped Waiting(Stamped t)
    {
        t.Accept();
        t.Script.Shutdown();
        t.Expect(TcpFlags.Fin | TcpFlags.Ack, seq: 1, ack: 1);
        t.Inject(TcpFlags.Ack, seq: 1, ack: 2, value: 2);
        t.Inject(TcpFlags.Fin | TcpFlags.Ack, seq: 1, ack: 2, value: 10);
        t.Expect(TcpFlags.Ack, seq: 2, ack: 2, echo: 10);
        Assert.Equal(TcpState.TimeWait, t.Script.State);
        return t;
    }
}
