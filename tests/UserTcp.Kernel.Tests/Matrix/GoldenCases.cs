using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Matrix;
using Xunit;

namespace UserTcp.Kernel.Tests.Matrix;

/// <summary>A case of the arrival matrix with the engine's result.</summary>
internal sealed record GoldenCase(
    TcpState State, FlagSet Flags, SeqClass Seq, AckClass Ack, string Answer, string After)
{
    public override string ToString() =>
        $"{Axes.Name(State)}; {Axes.Name(Flags)}; SEQ {Axes.Name(Seq)}; ACK {Axes.Name(Ack)}";
}

/// <summary>Reads the engine's golden tables, which the engine's tests verify.</summary>
internal static class GoldenCases
{
    public static List<GoldenCase> Of(TcpState state)
    {
        var path = Path.Combine(
            AppContext.BaseDirectory, "Matrix", "Golden", $"{Axes.Name(state).ToLowerInvariant()}.txt");
        var rows = File.ReadLines(path).Where(line => line.Contains('|', StringComparison.Ordinal)).Skip(1).ToList();
        var keys = (from flags in Axes.Flags from seq in Axes.Seqs select (flags, seq)).ToList();
        Assert.Equal(keys.Count, rows.Count);
        var cases = new List<GoldenCase>();
        foreach (var ((flags, seq), row) in keys.Zip(rows))
        {
            Assert.StartsWith($"{Axes.Name(flags)} ", row, StringComparison.Ordinal);
            foreach (var (ack, cell) in Axes.Acks.Zip(row.Split('|').Skip(1)))
            {
                var words = cell.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                cases.Add(new GoldenCase(state, flags, seq, ack, words[0], words[1]));
            }
        }

        return cases;
    }
}
