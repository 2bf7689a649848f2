using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Sack;

/// <summary>SACK blocks that no honest peer sends: whatever they claim, the scoreboard stays what was sent, and the data arrives.</summary>
[Trait("RFC", "2018 section 5")]
[Trait("SynCookies", "never")]
public sealed class HostileSackTests
{
    private const int Segment = 1000;

    public static TheoryData<uint, uint> Corner => Isn.NearWraps;

    /// <summary>left &lt; right, left &gt;= SND.UNA and right &lt;= SND.NXT all hold modulo 2^32, and the block lies outside of the flight.</summary>
    [Theory, MemberData(nameof(Corner))]
    public void A_block_that_passes_every_comparison_and_lies_outside_of_the_flight_is_ignored(uint irs, uint iss)
    {
        var t = Open(irs, iss);
        t.Send(new byte[2 * Segment]);
        Assert.Equal(2, t.Drain());

        AcknowledgeWith(t, 1 + (2 * Segment), new SackBlock(At(t, 1 + (2 * Segment) + 0x7C0F_0000u), At(t, 1 + (2 * Segment) + 0x7C0F_0000u + 0x34CD_0000u)));
        AcknowledgeWith(t, 1, new SackBlock(At(t, 1 + 0x7C0F_0000u), At(t, 1 + 0x7C0F_0000u + 0x34CD_0000u)));

        Arrives(t, 1 + (2 * Segment));
    }

    /// <summary>Edges at every eighth of the sequence space and next to SND.UNA and SND.NXT, in every combination, as first and as second block.</summary>
    [Theory, MemberData(nameof(Corner))]
    public void Blocks_from_anywhere_in_the_space_leave_the_connection_able_to_deliver(uint irs, uint iss)
    {
        uint[] edges =
        [
            .. Enumerable.Range(0, 8).Select(eighth => (uint)eighth << 29), 1, Segment, Segment + 1, (2 * Segment) + 1, (2 * Segment) + 2, uint.MaxValue,
        ];
        foreach (var left in edges)
        {
            foreach (var right in edges)
            {
                var t = Open(irs, iss);
                t.Send(new byte[2 * Segment]);
                t.Drain();
                var block = new SackBlock(At(t, left), At(t, right));
                AcknowledgeWith(t, 1, block);
                AcknowledgeWith(t, 1, new SackBlock(At(t, 1 + Segment), At(t, 1 + (2 * Segment))), block);
                AcknowledgeWith(t, 1 + Segment, block, block);
                Arrives(t, 1 + (2 * Segment));
            }
        }
    }

    private static Script Open(uint irs, uint iss)
    {
        var t = new Script(new EngineOptions { Timestamps = false, PathMtuProbing = PathMtuProbing.Off }, irs, iss: iss);
        t.Listen(new ConnectionOptions { NoDelay = true });
        t.Inject(TcpFlags.Syn, seq: 0, options: new TcpOptions { Mss = Segment, SackPermitted = true });
        t.Expect(TcpFlags.Syn | TcpFlags.Ack, seq: 0, ack: 1);
        Assert.Equal(iss, t.Iss.Value);
        t.Inject(TcpFlags.Ack, seq: 1, ack: 1);
        t.AcceptWaiting();
        return t;
    }

    private static SeqNum At(Script t, uint relative) => t.Iss + relative;

    private static void AcknowledgeWith(Script t, uint ack, params ReadOnlySpan<SackBlock> blocks)
    {
        var sack = default(SackBlocks);
        foreach (var block in blocks)
            sack.TryAdd(block);
        t.Inject(TcpFlags.Ack, seq: 1, ack: ack, options: new TcpOptions { Sack = sack });
    }

    /// <summary>More data, all of which arrives in the end: nothing is stuck, nothing is lost, and nothing is left when it is over.</summary>
    private static void Arrives(Script t, uint nxt)
    {
        t.Drain();
        t.Send(new byte[Segment]);
        var end = nxt + Segment;
        var last = 0u;
        for (var round = 0; round < 50 && last < end; round++)
        {
            t.PassMilliseconds(500);
            while (t.TrySent() is { } sent)
                last = Math.Max(last, unchecked(sent.Header.Seq.Value - t.Iss.Value) + (uint)sent.Payload.Length);
        }

        Assert.Equal(end, last);
        t.Inject(TcpFlags.Ack, seq: 1, ack: end);
        t.Abort();
        t.Drain();
        t.AssertNothingLeft();
    }
}
