using UserTcp.Engine;
using UserTcp.Engine.Contract;
using UserTcp.Engine.State;
using UserTcp.Impairment;
using UserTcp.Wire;

namespace UserTcp.Simulation.Tests;

/// <summary>Each error that a test injects breaks the invariant that forbids it.</summary>
public class OracleTests
{
    private static readonly Scenario Plain = new()
    {
        Seed = 1,
        ToServer = LinkImpairment.Parse("loss=2%,delay=10ms,seed=1"),
        ToClient = LinkImpairment.Parse("loss=2%,delay=10ms,seed=2"),
        Connections = [new ConnectionPlan
        {
            Client = new EndPlan { Octets = 100_000 },
            Server = new EndPlan { Octets = 100_000 },
        }],
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
    public void A_byte_lost_between_engine_and_application_is_detected() => AssertData("I1", data => data[1..]);

    [Fact]
    public void A_duplicated_byte_is_detected() => AssertData("I1", data => [data[0], .. data]);

    [Fact]
    public void A_changed_byte_is_detected() => AssertData("I1", data => [.. data[..^1], (byte)(data[^1] ^ 1)]);

    [Fact]
    public void A_lost_last_byte_is_detected_at_the_end()
    {
        // The last byte of both directions together.
        var count = 0;
        AssertData("I2", data => (count += data.Length) < 200_000 ? data : data[..^1]);
    }

    [Fact]
    public void A_link_that_changes_data_and_fixes_the_checksum_is_detected() => AssertFrame("I1", frame =>
    {
        frame[^1] ^= 0x10;
        return WithChecksum(frame);
    });

    [Fact]
    public void A_link_that_shifts_data_by_a_byte_is_detected() => AssertFrame("I1", frame =>
    {
        // The data moves down by one byte, and the length stays.
        frame.AsSpan(41).CopyTo(frame.AsSpan(40));
        return WithChecksum(frame);
    });

    [Fact]
    public void A_forged_FIN_is_detected() => AssertFrame("I2", frame =>
    {
        frame[33] |= (byte)TcpFlags.Fin;
        return WithChecksum(frame);
    });

    [Fact]
    public void A_stopped_timer_is_detected() => AssertSabotage("I8", tcb =>
    {
        if (tcb.Active.Snd.FlightSize > 0)
            tcb.Active.Timers.Stop(TcbTimer.Retransmission);
    });

    [Fact]
    public void A_shrinking_window_is_detected() => AssertSabotage("I3", tcb => tcb.Active.Rcv.Edge -= 1);

    [Fact]
    public void RCV_NXT_going_back_is_detected() => AssertSabotage("I3", tcb => tcb.Active.Rcv.Nxt -= 1);

    [Fact]
    public void SND_UNA_beyond_SND_NXT_is_detected() =>
        AssertSabotage("I3", tcb => tcb.Active.Snd.Una = tcb.Active.Snd.Nxt + 1);

    [Fact]
    public void Data_freed_too_early_is_detected() =>
        AssertSabotage("I5", tcb => tcb.Active.SendQueue.AcknowledgeUpTo(tcb.Active.Snd.Nxt));

    [Fact]
    public void A_congestion_window_smaller_than_a_segment_is_detected() =>
        AssertSabotage("I7", tcb => tcb.Active.Snd.Mss = 1_000_000);

    [Fact]
    public void Data_beyond_the_window_is_detected() => AssertFails("I6", new SimulationOptions
    {
        Sabotage = (engine, _) =>
        {
            foreach (var tcb in engine.State.Connections.All())
                tcb.Active.OutOfOrder?.Insert(tcb.Active.Rcv.Edge + 10, new byte[10]);
        },
    });

    [Fact]
    public void An_illegal_transition_is_detected() => AssertSabotage("I9", tcb => tcb.State = TcpState.SynSent);

    [Fact]
    public void A_connection_outside_its_table_is_detected() => AssertFails("I12", new SimulationOptions
    {
        Sabotage = (engine, _) =>
        {
            foreach (var tcb in engine.State.Connections.All())
                tcb.IsLive = tcb.State != TcpState.Established;
        },
    });

    [Fact]
    public void A_growing_leak_of_blocks_is_detected() => AssertFails("I13", new SimulationOptions
    {
        Sabotage = (engine, _) =>
        {
            for (var i = 0; i < 10; i++)
                engine.State.Pool.Rent();
        },
    });

    [Fact]
    public void A_single_leaked_block_is_detected_at_the_end()
    {
        var isLeaked = false;
        AssertFails("I18", new SimulationOptions
        {
            Sabotage = (engine, _) =>
            {
                if (!isLeaked)
                    engine.State.Pool.Rent();
                isLeaked = true;
            },
        });
    }

    [Fact]
    public void An_exception_is_detected() => AssertFails("I14", new SimulationOptions
    {
        Sabotage = (_, _) => throw new InvalidOperationException("injected by the test"),
    });

    [Fact]
    public void A_stalled_connection_is_detected()
    {
        // The link loses all segments of the client after its SYN, even after healing.
        var options = new SimulationOptions
        {
            TamperFrame = (link, frame) => link == 0 && (frame[33] & (byte)TcpFlags.Syn) == 0 ? new byte[20] : frame,
        };

        Assert.Equal(
            "I16", Simulator.Run(Plain with { HealAt = TimeSpan.FromSeconds(1) }, options).Violation?.Invariant);
    }

    [Fact]
    public void Shrinking_keeps_the_failure()
    {
        // The error happens only with a retransmission in flight.
        static void StopTimer(TcpEngine engine, MonotonicTime now)
        {
            foreach (var tcb in engine.State.Connections.All())
            {
                if (tcb.Active.Retransmissions > 0 && tcb.Active.Snd.FlightSize > 0)
                    tcb.Active.Timers.Stop(TcbTimer.Retransmission);
            }
        }

        var options = new SimulationOptions { Sabotage = StopTimer };
        var seed = Enumerable.Range(0, 100).First(
            seed => Simulator.Run(Scenario.FromSeed((ulong)seed), options).Violation?.Invariant == "I8"
                && Scenario.FromSeed((ulong)seed).Connections.Count > 3);
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

    /// <summary>Tampers with the tenth full-sized segment from client to server.</summary>
    private static void AssertFrame(string invariant, Func<byte[], byte[]> tamper)
    {
        var full = 0;
        AssertFails(invariant, new SimulationOptions
        {
            TamperFrame = (link, frame) => link == 0 && frame.Length == 1500 && ++full == 10 ? tamper(frame) : frame,
        });
    }

    /// <summary>Sabotages each connection that has received half of its data.</summary>
    private static void AssertSabotage(
        string invariant, Action<Tcb> sabotage) => AssertFails(invariant, new SimulationOptions
        {
            Sabotage = (engine, _) =>
            {
                foreach (var tcb in engine.State.Connections.All()
                    .Where(tcb => tcb.Active.DataReceived > 50_000 && tcb.Active.Snd.FlightSize > 0))
                {
                    sabotage(tcb);
                }
            },
        });

    private static void AssertFails(string invariant, SimulationOptions options)
    {
        var violation = Simulator.Run(Plain, options).Violation;

        Assert.True(violation?.Invariant == invariant, $"expected {invariant}, got {violation}");
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
