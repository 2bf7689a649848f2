using UserTcp.Engine.Contract;

namespace UserTcp.Engine.Tests.Matrix;

/// <summary>
/// Every kind of segment in every state: 11 states, 8 sets of control bits, 6 classes of SEG.SEQ, 5 of SEG.ACK. The
/// engine must agree with the RFC, implemented a second time by <see cref="Rfc9293"/>, and with the checked-in tables,
/// which people can read.
/// </summary>
public class ArrivalMatrixTests
{
    private const uint Half = 1u << 31;
    private const uint End = 0;

    /// <summary>State, family, and the corners of the sequence space: ours and the peer's.</summary>
    public static TheoryData<TcpState, string, uint, uint> All
    {
        get
        {
            var all = new TheoryData<TcpState, string, uint, uint>();
            foreach (var state in Axes.States)
            {
                foreach (var family in new[] { "4", "6" })
                {
                    all.Add(state, family, Half, Half);
                    all.Add(state, family, Half, End);
                    all.Add(state, family, End, Half);
                    all.Add(state, family, End, End);
                }
            }

            return all;
        }
    }

    public static TheoryData<TcpState> States => [.. Axes.States];

    [Fact]
    public void There_are_2640_cases() =>
        Assert.Equal(2640, Axes.States.Length * Axes.Flags.Length * Axes.Seqs.Length * Axes.Acks.Length);

    [Theory]
    [MemberData(nameof(All))]
    [Trait("RFC9293", "MUST-12")]
    [Trait("RFC9293", "MAY-12")]
    [Trait("RFC", "5961 section 3.2")]
    [Trait("RFC", "5961 section 4.2")]
    [Trait("RFC", "5961 section 5.2")]
    public void The_engine_follows_the_RFC(TcpState state, string family, uint ours, uint peers)
    {
        var differences = new List<string>();
        foreach (var key in Keys())
        {
            var situation = new Situation(state, family, ours, peers);
            var segment = situation.Numbers.Segment(key.Flags, key.Seq, key.Ack);
            var (rfc, step) = Rfc9293.Decide(state, situation.Numbers, segment);
            var (engine, disposition) = situation.Arrive(segment);
            if (rfc != engine || step.Disposition != disposition)
            {
                differences.Add($"{key}: {segment}\n  RFC ({step.Code}): {rfc} {step.Disposition}\n  engine: "
                    + $"{engine} {disposition}");
            }
        }

        Assert.True(differences.Count == 0, $"{differences.Count} differences:\n{string.Join('\n', differences)}");
    }

    [Theory]
    [MemberData(nameof(States))]
    public void The_engine_follows_the_checked_in_table(TcpState state)
    {
        var cases = new Dictionary<PeerSegmentKey, (Outcome, Step)>();
        Numbers numbers = null!;
        foreach (var key in Keys())
        {
            var situation = new Situation(state, "4", Half, End);
            numbers = situation.Numbers;
            var segment = numbers.Segment(key.Flags, key.Seq, key.Ack);
            cases.Add(key, (situation.Arrive(segment).Outcome, Rfc9293.Decide(state, numbers, segment).Step));
        }

        GoldenTable.Check(state, Table.Write(state, numbers, cases));
    }

    private static IEnumerable<PeerSegmentKey> Keys() =>
        from flags in Axes.Flags
        from seq in Axes.Seqs
        from ack in Axes.Acks
        select new PeerSegmentKey(flags, seq, ack);
}
