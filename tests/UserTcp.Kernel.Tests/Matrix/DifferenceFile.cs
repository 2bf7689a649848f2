using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Matrix;
using Xunit;

namespace UserTcp.Kernel.Tests.Matrix;

/// <summary>A case in which the kernel differs.</summary>
internal sealed record Difference(GoldenCase Case, string Answer, string After)
{
    public override string ToString() => $"{Case}: we {Case.Answer} {Case.After}, Linux {Answer} {After}";
}

/// <summary>
/// Differences.txt: classes of cases with Linux's behaviour and its reason. A class names states, segments, SEQ and ACK
/// (* is all), and every case in it has to differ in that way. A different case outside any class fails, as does a
/// class that does not hold.
/// </summary>
internal static class DifferenceFile
{
    public static void Check(TcpState state, List<Difference> found)
    {
        var path = Path.Combine(AppContext.BaseDirectory, "Matrix", "Differences.txt");
        var classes = File.ReadLines(path).Where(line => line.Length > 0 && line[0] != '#').Select(ExplainedClass.Parse)
            .ToList();
        var unexplained = found.Where(difference => !classes.Exists(each => each.Explains(difference)))
            .Select(each => each.ToString());
        var stale = classes.SelectMany(each => each.CasesOf(state)
                .Where(key => !found.Exists(difference => each.Explains(difference) && Key(difference.Case) == key))
                .Select(key => $"explained, but not so: {Axes.Name(state)} {key}, Linux {each.Answer} {each.After}"));
        var problems = unexplained.Concat(stale).ToList();
        Assert.True(
            problems.Count == 0,
            $"{found.Count} differences, {problems.Count} problems:\n{string.Join('\n', problems)}");
    }

    private static (FlagSet, SeqClass, AckClass) Key(GoldenCase golden) => (golden.Flags, golden.Seq, golden.Ack);

    private sealed record ExplainedClass(
        List<TcpState> States, List<FlagSet> Flags, List<SeqClass> Seqs, List<AckClass> Acks,
        string Answer, string After)
    {
        /// <summary>
        /// States | segments | SEQ | ACK | Linux's answer | Linux's state afterwards; names separated by semicolons.
        /// </summary>
        public static ExplainedClass Parse(string line)
        {
            var columns = line.Split('|', StringSplitOptions.TrimEntries);
            return new ExplainedClass(
                Names(columns[0], Axes.States, Axes.Name), Names(columns[1], Axes.Flags, Axes.Name),
                Names(columns[2], Axes.Seqs, Axes.Name),
                Names(columns[3], Axes.Acks, Axes.Name), columns[4], columns[5]);
        }

        public bool Explains(Difference difference) =>
            CasesOf(difference.Case.State).Contains(Key(difference.Case))
            && (difference.Answer, difference.After) == (Answer, After);

        public IEnumerable<(FlagSet, SeqClass, AckClass)> CasesOf(TcpState state) =>
            !States.Contains(state)
                ? []
                : from flags in Flags from seq in Seqs from ack in Acks select (flags, seq, ack);

        private static List<T> Names<T>(string text, T[] all, Func<T, string> name)
        {
            if (text == "*")
                return [.. all];
            var names = text.Split(';', StringSplitOptions.TrimEntries);
            Assert.All(names, given => Assert.Contains(given, all.Select(name)));
            return [.. all.Where(each => names.Contains(name(each)))];
        }
    }
}
