using System.Security.Cryptography;
using System.Text;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Impairment.Tests;

/// <summary>A seed does the same in each version of the project: seeds stand in documents and in reports.</summary>
public class SeedTests
{
    [Theory]
    [InlineData("loss=2%,delay=20ms,reorder=5%,seed=7", 0, "04FC66A1B413BE03")]
    [InlineData("loss=2%,delay=20ms,reorder=5%,seed=7", 1, "2C887A5B8B9A0EEC")]
    [InlineData("burst=1%,burstlength=5,dup=3%,corrupt=2%,replay=1%,jitter=5ms,seed=11", 0, "1832704F1F8CB849")]
    public void The_fates_of_a_seed_stay_as_they_are(string impairment, int direction, string digest)
    {
        var log = new List<Fault>();
        var link = ImpairedLink.ForFlows(LinkImpairment.Parse(impairment), direction, faultLog: log);
        for (var i = 0; i < 4000; i++)
            link.Offer(Frames.ToServer(40_000 + (i % 3), i - 3, i < 3 ? TcpFlags.Syn : TcpFlags.Ack), new(i * 1000));
        var fates = new StringBuilder().AppendJoin('\n', log.Select(fault =>
            FormattableString.Invariant($"{fault.Link} {fault.Packet} {fault.Kind} {fault.Amount}"))).Append('\n');
        while (link.NextArrival is var at && at != MonotonicTime.Never && link.TryDequeue(at, out var frame))
            fates.Append(FormattableString.Invariant($"{at.Ticks} {Frames.SeqOf(frame)}\n"));

        var actual = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(fates.ToString())))[..16];

        Assert.Equal(digest, actual);
    }
}
