using System.Runtime.CompilerServices;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Tables;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.State;

/// <summary>TIME-WAIT with timestamps: its ACKs, and the SYNs that end it (RFC 6191, RFC 9293 SHLD-4).</summary>
public class TimestampTimeWaitTests
{
    [Theory]
    [MemberData(nameof(TimestampScript.Corners), MemberType = typeof(TimestampScript))]
    [Trait("RFC", "7323 section 3.2")]
    public void ACKs_in_TIME_WAIT_have_the_option_and_our_clock(string family, uint iss, uint irs, uint ours, uint peer)
    {
        // The first ACK is sent by the TCB, the second by the TIME-WAIT entry at a later time.
        var t = Waiting(new TimestampScript(family, iss, irs, ours, peer));
        t.Script.Pass(TimeSpan.FromSeconds(20));
        t.Inject(TcpFlags.Fin | TcpFlags.Ack, seq: 1, ack: 2, value: 20_000);
        t.Expect(TcpFlags.Ack, seq: 2, ack: 2, echo: 20_000);
    }

    [Theory]
    [MemberData(nameof(TimestampScript.Corners), MemberType = typeof(TimestampScript))]
    [Trait("RFC9293", "SHLD-4")]
    [Trait("RFC", "6191 section 2")]
    public void A_SYN_with_a_newer_timestamp_opens_with_any_sequence_number(
        string family, uint iss, uint irs, uint ours, uint peer)
    {
        foreach (var seq in new uint[] { 0, 2, 3, 1u << 31, uint.MaxValue })
        {
            var t = Waiting(new TimestampScript(family, iss, irs, ours, peer));
            var s = t.Script;
            var old = s.Iss;
            t.Inject(TcpFlags.Syn, seq: seq, value: 11);
            t.Expect(TcpFlags.Syn | TcpFlags.Ack, seq: 0, ack: unchecked(seq + 1), echo: 11);
            Assert.True(s.Iss - old > ushort.MaxValue);
            Assert.Equal((1, TcpState.SynReceived), (s.Engine.TimeWaitCount, s.State));

            // Duplicates of the old connection have old timestamps for the new one, inside its window or not.
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
    public void With_an_equal_timestamp_the_sequence_number_decides_and_an_older_one_never_opens(
        int value, uint seq, bool opens)
    {
        var t = Waiting(new TimestampScript());
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
    public void A_SYN_without_timestamps_is_judged_by_its_sequence_number(uint seq, bool opens)
    {
        var t = Waiting(new TimestampScript());
        t.Script.Inject(TcpFlags.Syn, seq: seq);
        t.Script.Expect(opens ? TcpFlags.Syn | TcpFlags.Ack : TcpFlags.Ack);
        Assert.Equal(opens ? TcpState.SynReceived : TcpState.TimeWait, t.Script.State);
    }

    [Theory]
    [InlineData(2u, false)]
    [InlineData(3u, true)]
    public void After_a_connection_without_timestamps_the_sequence_number_decides(uint seq, bool opens)
    {
        var t = new TimestampScript();
        var s = Reached.In(t.Script, TcpState.TimeWait).Script;
        t.Inject(TcpFlags.Syn, seq: seq, value: 11);
        s.Expect(opens ? TcpFlags.Syn | TcpFlags.Ack : TcpFlags.Ack);
        Assert.Equal(opens ? TcpState.SynReceived : TcpState.TimeWait, s.State);
    }

    [Fact]
    [Trait("RFC", "7323 section 5.3")]
    public void Old_timestamps_do_not_restart_2_MSL_and_are_answered_twice_a_second_or_less()
    {
        var t = Waiting(new TimestampScript());
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
    public void A_SYN_must_be_newer_than_the_last_timestamp_of_the_old_connection()
    {
        var t = Waiting(new TimestampScript());
        t.Inject(TcpFlags.Fin | TcpFlags.Ack, seq: 1, ack: 2, value: 50);
        t.Expect(TcpFlags.Ack, echo: 50);
        t.Inject(TcpFlags.Ack, seq: 2, ack: 2, value: 60);
        t.Script.ExpectNothing();
        t.Inject(TcpFlags.Syn, seq: 0, value: 59);
        t.Expect(TcpFlags.Ack, echo: 60);
        // A segment with another sequence number does not advance TS.Recent.
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
    public void The_scale_and_flags_of_a_half_open_entry_are_independent()
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
    private static TimestampScript Waiting(TimestampScript t)
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
