using UserTcp.Engine;
using UserTcp.Engine.Contract;
using UserTcp.Engine.State;
using UserTcp.Engine.Timers;
using UserTcp.Wire;

namespace UserTcp.Simulation.Tests;

/// <summary>The oracle sees what it is to see: each planted error breaks the invariant that forbids it.</summary>
public class OracleTests
{
    private static readonly Scenario Plain = new()
    {
        Seed = 1,
        ToServer = LinkImpairment.Parse("loss=2%,delay=10ms,seed=1"),
        ToClient = LinkImpairment.Parse("loss=2%,delay=10ms,seed=2"),
        Connections = [new ConnectionPlan { Client = new EndPlan { Octets = 100_000 }, Server = new EndPlan { Octets = 100_000 } }],
    };

    [Fact]
    public void Without_an_error_there_is_no_violation()
    {
        var report = Simulator.Run(Plain);

        Assert.Null(report.Violation);
        Assert.Equal(200_000, report.OctetsChecked);
        Assert.Equal(1, report.Completed);
    }

    [Fact]
    public void An_octet_that_is_lost_between_TCP_and_its_user_is_seen() => AssertData("I1", text => text[1..]);

    [Fact]
    public void An_octet_that_comes_twice_is_seen() => AssertData("I1", text => [text[0], .. text]);

    [Fact]
    public void An_octet_that_is_changed_is_seen() => AssertData("I1", text => [.. text[..^1], (byte)(text[^1] ^ 1)]);

    [Fact]
    public void A_lost_tail_is_seen_at_the_end()
    {
        // The last octet of all, of both directions.
        var octets = 0;
        AssertData("I2", text => (octets += text.Length) < 200_000 ? text : text[..^1]);
    }

    [Fact]
    public void A_link_that_changes_text_and_mends_the_checksum_is_seen() => AssertFrame("I1", frame =>
    {
        frame[^1] ^= 0x10;
        return WithChecksum(frame);
    });

    [Fact]
    public void A_link_that_cuts_text_and_says_that_all_is_there_is_seen() => AssertFrame("I1", frame =>
    {
        // The next segment's text takes the place of this one's.
        frame.AsSpan(41).CopyTo(frame.AsSpan(40));
        return WithChecksum(frame);
    });

    [Fact]
    public void A_link_that_ends_the_stream_early_is_seen() => AssertFrame("I2", frame =>
    {
        frame[33] |= (byte)TcpFlags.Fin;
        return WithChecksum(frame);
    });

    [Fact]
    public void A_stopped_timer_is_seen() => AssertSabotage("I8", tcb =>
    {
        if (tcb.Active.Snd.FlightSize > 0)
            tcb.Active.Timers.Stop(TcbTimer.Retransmission);
    });

    [Fact]
    public void A_window_that_shrinks_is_seen() => AssertSabotage("I3", tcb => tcb.Active.Rcv.Edge -= 1);

    [Fact]
    public void RCV_NXT_that_goes_back_is_seen() => AssertSabotage("I3", tcb => tcb.Active.Rcv.Nxt -= 1);

    [Fact]
    public void SND_UNA_beyond_SND_NXT_is_seen() => AssertSabotage("I3", tcb => tcb.Active.Snd.Una = tcb.Active.Snd.Nxt + 1);

    [Fact]
    public void Text_that_is_freed_too_early_is_seen() => AssertSabotage("I5", tcb => tcb.Active.SendQueue.AcknowledgeUpTo(tcb.Active.Snd.Nxt));

    [Fact]
    public void A_congestion_window_smaller_than_a_segment_is_seen() => AssertSabotage("I7", tcb => tcb.Active.Snd.Mss = 1_000_000);

    [Fact]
    public void Text_beyond_the_window_is_seen() => AssertFails("I6", new SimulationOptions
    {
        Sabotage = (engine, _) =>
        {
            foreach (var tcb in engine.Core.Connections.All())
                tcb.Active.OutOfOrder?.Insert(tcb.Active.Rcv.Edge + 10, new byte[10]);
        },
    });

    [Fact]
    public void A_state_that_nothing_leads_to_is_seen() => AssertSabotage("I9", tcb => tcb.State = TcpState.SynSent);

    [Fact]
    public void A_connection_that_cannot_be_found_is_seen() => AssertFails("I12", new SimulationOptions
    {
        Sabotage = (engine, _) =>
        {
            foreach (var tcb in engine.Core.Connections.All())
                tcb.IsLive = tcb.State != TcpState.Established;
        },
    });

    [Fact]
    public void Memory_that_is_never_given_back_is_seen() => AssertFails("I13", new SimulationOptions
    {
        Sabotage = (engine, _) =>
        {
            for (var i = 0; i < 10; i++)
                engine.Core.Pool.Rent();
        },
    });

    [Fact]
    public void A_single_leaked_block_is_seen_at_the_end()
    {
        var isLeaked = false;
        AssertFails("I18", new SimulationOptions
        {
            Sabotage = (engine, _) =>
            {
                if (!isLeaked)
                    engine.Core.Pool.Rent();
                isLeaked = true;
            },
        });
    }

    [Fact]
    public void An_exception_is_seen() => AssertFails("I14", new SimulationOptions
    {
        Sabotage = (_, _) => throw new InvalidOperationException("planted"),
    });

    [Fact]
    public void A_connection_that_does_not_move_is_seen()
    {
        // Everything the client sends after the handshake is lost for ever, though the link calls itself healed.
        var options = new SimulationOptions { TamperFrame = (link, frame) => link == 0 && (frame[33] & (byte)TcpFlags.Syn) == 0 ? new byte[20] : frame };

        Assert.Equal("I16", Simulator.Run(Plain with { HealAt = TimeSpan.FromSeconds(1) }, options).Violation?.Invariant);
    }

    [Fact]
    public void The_last_events_are_told_with_a_violation()
    {
        var report = Simulator.Run(Plain, new SimulationOptions { TamperData = text => text[1..], Trace = _ => { } });

        Assert.Contains(report.LastEvents, line => line.Contains("client sends", StringComparison.Ordinal));
        Assert.Contains("receives", report.LastEvents[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_failure_is_made_small_and_stays_the_same_failure()
    {
        // Goes wrong when a segment is sent again.
        static void Plant(TcpEngine engine, MonotonicTime now)
        {
            foreach (var tcb in engine.Core.Connections.All())
            {
                if (tcb.Active.Retransmissions > 0 && tcb.Active.Snd.FlightSize > 0)
                    tcb.Active.Timers.Stop(TcbTimer.Retransmission);
            }
        }

        var options = new SimulationOptions { Sabotage = Plant };
        var seed = Enumerable.Range(0, 100).First(
            seed => Simulator.Run(Scenario.FromSeed((ulong)seed), options).Violation?.Invariant == "I8" && Scenario.FromSeed((ulong)seed).Connections.Count > 3);
        var failing = Scenario.FromSeed((ulong)seed);

        var small = Shrinker.Shrink(failing, TimeSpan.FromSeconds(5), options);

        Assert.Equal("I8", Simulator.Run(small, options).Violation?.Invariant);
        Assert.Single(small.Connections);
        Assert.True(small.Faults!.Count <= 3, $"{small.Faults.Count} faults are left");
        Assert.Equal(small.Faults, ScenarioJson.Read(ScenarioJson.Write(small)).Faults);
        Assert.Null(Simulator.Run(small).Violation);
    }

    private static void AssertData(string invariant, Func<byte[], byte[]> tamper) =>
        AssertFails(invariant, new SimulationOptions { TamperData = tamper });

    /// <summary>Plants an error in the tenth full segment from client to server.</summary>
    private static void AssertFrame(string invariant, Func<byte[], byte[]> tamper)
    {
        var full = 0;
        AssertFails(invariant, new SimulationOptions { TamperFrame = (link, frame) => link == 0 && frame.Length == 1500 && ++full == 10 ? tamper(frame) : frame });
    }

    /// <summary>Plants an error in each connection, once half of the text is there.</summary>
    private static void AssertSabotage(string invariant, Action<Tcb> sabotage) => AssertFails(invariant, new SimulationOptions
    {
        Sabotage = (engine, _) =>
        {
            foreach (var tcb in engine.Core.Connections.All().Where(tcb => tcb.Active.DataReceived > 50_000 && tcb.Active.Snd.FlightSize > 0))
                sabotage(tcb);
        },
    });

    private static void AssertFails(string invariant, SimulationOptions options)
    {
        var violation = Simulator.Run(Plain, options).Violation;

        Assert.True(violation?.Invariant == invariant, $"expected {invariant}, not: {violation}");
    }

    private static byte[] WithChecksum(byte[] frame)
    {
        IpPacket.TryParse(frame, verifyChecksum: true, out var packet, out _);
        var tcp = frame.AsSpan(20);
        tcp[16] = tcp[17] = 0;
        var sum = new ChecksumAccumulator();
        sum.AddPseudoHeader(packet.Source, packet.Destination, IpProtocol.Tcp, tcp.Length);
        sum.Add(tcp);
        TcpHeader.WriteChecksum(tcp, sum.Finish());
        return frame;
    }
}
