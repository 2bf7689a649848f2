using System.Globalization;
using System.Runtime.CompilerServices;
using UserTcp.Engine.Contract;
using UserTcp.Impairment;

namespace UserTcp.Simulation.Tests;

/// <summary>
/// Goodput over the grid of links of bench/recovery, in virtual time, compared with a golden table. A change of
/// recovery or congestion control shows as a difference. USERTCP_UPDATE_GOLDEN=1 rewrites the table.
/// </summary>
public class RecoveryGridTests
{
    private const string UpdateVariable = "USERTCP_UPDATE_GOLDEN";
    private const string Heading = "rate  rtt    loss  reorder |  Mbit/s    used retrans timeouts spurious";

    private static readonly TimeSpan Length = TimeSpan.FromSeconds(10);

    [Fact]
    public void Recovery_matches_the_golden_table()
    {
        var cells = Cells().ToList();
        var rows = new string[cells.Count];
        Parallel.For(0, cells.Count, index => rows[index] = Measure(cells[index]));

        var table = string.Join('\n', [Heading, .. rows]) + "\n";
        var path = Path.Combine(Path.GetDirectoryName(ThisFile())!, "RecoveryGrid.txt");
        if (Environment.GetEnvironmentVariable(UpdateVariable) == "1")
            File.WriteAllText(path, table);
        var (golden, now) = (File.ReadAllLines(path), table.TrimEnd('\n').Split('\n'));
        var differences = Enumerable.Range(0, Math.Max(golden.Length, now.Length))
            .Where(i => golden.ElementAtOrDefault(i) != now.ElementAtOrDefault(i))
            .Select(i => $"  golden {golden.ElementAtOrDefault(i)}\n  now    {now.ElementAtOrDefault(i)}")
            .ToList();
        Assert.True(
            differences.Count == 0,
            $"{path}; to accept the change, run with {UpdateVariable}=1.\n{string.Join('\n', differences)}");
    }

    private static IEnumerable<Cell> Cells() =>
        from rate in new[] { 100, 10 }
        from roundTrip in new[] { 1, 20, 100 }
        from loss in new[] { 0, 0.1, 1, 3 }
        from reorder in new[] { 0, 2 }
        select new Cell(rate, roundTrip, loss, reorder);

    private static string Measure(Cell cell)
    {
        var transfer = new GridTransfer(cell.Link);
        transfer.Run(Length);
        var goodput = transfer.Received * 8 / Length.TotalSeconds / 1e6;
        var counters = transfer.Counters;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{cell.Rate,4} {cell.RoundTrip,4} {cell.Loss,5:0.0} % {cell.Reorder,6} % | {goodput,7:0.00} "
            + $"{goodput / cell.Rate,7:0 %} " +
            $"{counters[Counter.SegmentsRetransmitted],7} {counters[Counter.RetransmissionTimeouts],8} "
            + $"{counters[Counter.SpuriousRecoveries],8}");
    }

    private static string ThisFile([CallerFilePath] string path = "") => path;

    /// <param name="Rate">The rate in Mbit/s.</param>
    /// <param name="RoundTrip">The round-trip time in milliseconds.</param>
    /// <param name="Loss">The loss in percent of the packets in each direction.</param>
    /// <param name="Reorder">The reordering in percent of the packets in each direction.</param>
    private sealed record Cell(int Rate, int RoundTrip, double Loss, int Reorder)
    {
        /// <summary>
        /// The link, as in bench/recovery: the queue holds the bandwidth-delay product, minimum 50 packets.
        /// </summary>
        public LinkImpairment Link => new()
        {
            Rate = Rate * 1_000_000L,
            Delay = TimeSpan.FromMilliseconds(RoundTrip / 2.0),
            Loss = Loss / 100,
            Reorder = Reorder / 100.0,
            ReorderDelay = TimeSpan.FromMilliseconds(Math.Max(RoundTrip / 2.0, 2.5)),
            Queue = Math.Max((int)Math.Ceiling(Rate * 1e6 * RoundTrip * 1e-3 / 8 / 1500), 50),
            Seed = 1,
        };
    }
}
