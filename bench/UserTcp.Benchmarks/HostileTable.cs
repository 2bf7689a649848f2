using System.Globalization;

namespace UserTcp.Benchmarks;

/// <summary>The cost of expensive segments beside that of an honest peer's, with the emission of each answer.</summary>
internal static class HostileTable
{
    private const int Rounds = 8;

    private static readonly TimeSpan RoundLength = TimeSpan.FromMilliseconds(300);

    public static int Run()
    {
        Console.WriteLine(
            "| segments from one peer, one core | ns each | range | B allocated each | max blocks held |");
        Console.WriteLine("|---|---|---|---|---|");
        Print("one byte in order", peer => peer.SendInOrder());
        Print("one byte anywhere in the window, never the next", peer => peer.SendAnywhere());
        Print("ACK of one more segment of 48 bytes", peer => peer.AcknowledgeEach());
        Print(
            "ACK with three SACK blocks anywhere, segments of 48 bytes", peer => peer.SackAnywhere(), isOnceEach: true);
        return 0;
    }

    private static void Print(string name, Func<HostilePeer, HostilePeer.Batch> run, bool isOnceEach = false)
    {
        var blocks = 0;
        // The first round warms up the JIT.
        var rounds = Enumerable.Range(0, Rounds).Select(_ => Round(run, isOnceEach, ref blocks)).Skip(1)
            .OrderBy(round => round.NsEach)
            .ToArray();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {name} | {rounds[rounds.Length / 2].NsEach:F0} | {rounds[0].NsEach:F0} to {rounds[^1].NsEach:F0} | "
            + $"{rounds.Max(round => round.BytesEach):F3} | {blocks} |"));
    }

    private static (double NsEach, double BytesEach) Round(
        Func<HostilePeer, HostilePeer.Batch> run, bool isOnceEach, ref int blocks)
    {
        var sum = default(HostilePeer.Batch);
        var peer = new HostilePeer();
        while (sum.Elapsed < RoundLength)
        {
            var batch = run(peer);
            sum = new(sum.Count + batch.Count, sum.Elapsed + batch.Elapsed, sum.Allocated + batch.Allocated);
            blocks = Math.Max(blocks, peer.MaxBlocks);
            if (!isOnceEach)
                continue;
            peer.Dispose();
            peer = new HostilePeer();
        }

        peer.Dispose();
        return (sum.Elapsed.TotalNanoseconds / sum.Count, (double)sum.Allocated / sum.Count);
    }
}
