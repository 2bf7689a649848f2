using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Recovery;

/// <summary>SACK blocks that no correct peer sends: the scoreboard stays consistent and the data arrives.</summary>
[Trait("RFC", "2018 section 5")]
[Trait("SynCookies", "never")]
public sealed class HostileSackTests
{
    private const int Segment = 1000;

    public static TheoryData<uint, uint> Corner => Isn.Pairs;

    /// <summary>
    /// left &lt; right, left &gt;= SND.UNA and right &lt;= SND.NXT all hold modulo 2^32, but the block lies outside the
    /// flight.
    /// </summary>
    [Theory, MemberData(nameof(Corner))]
    public void A_block_that_passes_every_comparison_but_lies_outside_the_flight_is_ignored(uint irs, uint iss)
    {
        var t = Open(irs, iss);
        t.Send(new byte[2 * Segment]);
        Assert.Equal(2, t.Drain());

        AckWith(t, 1 + (2 * Segment), new SackBlock(
            At(t, 1 + (2 * Segment) + 0x7C0F_0000u), At(t, 1 + (2 * Segment) + 0x7C0F_0000u + 0x34CD_0000u)));
        AckWith(t, 1, new SackBlock(At(t, 1 + 0x7C0F_0000u), At(t, 1 + 0x7C0F_0000u + 0x34CD_0000u)));

        AssertDelivers(t, 1 + (2 * Segment));
    }

    /// <summary>
    /// Edges at every eighth of the sequence space and next to SND.UNA and SND.NXT, in all combinations, in either
    /// block.
    /// </summary>
    [Theory, MemberData(nameof(Corner))]
    public void Blocks_anywhere_in_the_sequence_space_do_not_stop_the_transfer(uint irs, uint iss)
    {
        uint[] edges =
        [
            .. Enumerable.Range(0, 8).Select(eighth => (uint)eighth << 29), 1, Segment, Segment + 1, (2 * Segment) + 1,
            (2 * Segment) + 2, uint.MaxValue,
        ];
        foreach (var left in edges)
        {
            foreach (var right in edges)
            {
                var t = Open(irs, iss);
                t.Send(new byte[2 * Segment]);
                t.Drain();
                var block = new SackBlock(At(t, left), At(t, right));
                AckWith(t, 1, block);
                AckWith(t, 1, new SackBlock(At(t, 1 + Segment), At(t, 1 + (2 * Segment))), block);
                AckWith(t, 1 + Segment, block, block);
                AssertDelivers(t, 1 + (2 * Segment));
            }
        }
    }

    /// <summary>A block that starts inside the flight and ends one byte beyond it reports nothing.</summary>
    [Theory, MemberData(nameof(Corner))]
    public void A_block_that_ends_beyond_the_flight_is_ignored(uint irs, uint iss)
    {
        var t = Open(irs, iss);
        t.Send(new byte[5 * Segment]);
        Assert.Equal(5, t.Drain());

        AckWith(t, 1, new SackBlock(At(t, 1 + Segment), At(t, 2 + (5 * Segment))));
        Assert.Equal(0, t.Drain());

        AckWith(t, 1, new SackBlock(At(t, 1 + Segment), At(t, 1 + (5 * Segment))));
        Assert.Equal(1, t.Drain());
    }

    private static Script Open(uint irs, uint iss)
    {
        var t = new Script(
            new EngineOptions { Timestamps = false, PathMtuProbing = PathMtuProbing.Off }, irs, iss: iss);
        t.Accept(
            mss: Segment, options: new ConnectionOptions { NoDelay = true },
            offer: new TcpOptions { SackPermitted = true });
        Assert.Equal(iss, t.Iss.Value);
        return t;
    }

    private static SeqNum At(Script t, uint relative) => t.Iss + relative;

    private static void AckWith(Script t, uint ack, params ReadOnlySpan<SackBlock> blocks)
    {
        var sack = default(SackBlocks);
        foreach (var block in blocks)
            sack.TryAdd(block);
        t.Inject(TcpFlags.Ack, seq: 1, ack: ack, options: new TcpOptions { Sack = sack });
    }

    /// <summary>Sends more data and asserts that all of it is delivered and nothing is left after the close.</summary>
    private static void AssertDelivers(Script t, uint nxt)
    {
        t.Drain();
        t.Send(new byte[Segment]);
        var end = nxt + Segment;
        var last = 0u;
        for (var round = 0; round < 50 && last < end; round++)
        {
            t.PassMilliseconds(500);
            while (t.TryDequeueSent() is { } sent)
                last = Math.Max(last, unchecked(sent.Header.Seq.Value - t.Iss.Value) + (uint)sent.Payload.Length);
        }

        Assert.Equal(end, last);
        t.Inject(TcpFlags.Ack, seq: 1, ack: end);
        t.Abort();
        t.Drain();
        t.AssertNothingLeft();
    }
}
