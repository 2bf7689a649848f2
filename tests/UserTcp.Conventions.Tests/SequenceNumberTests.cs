using UserTcp.Conventions.Tests.Support;
using Xunit;

namespace UserTcp.Conventions.Tests;

/// <summary>
/// Modular order is not transitive (RFC 9293 section 3.4): an interval test is one operation of SeqRange or
/// SeqNum.IsIn, never two comparisons.
/// </summary>
public class SequenceNumberTests
{
    private const string Wire = "src/UserTcp.Wire";

    private static readonly string[] Folders = [Wire, "src/UserTcp.Engine"];

    private static readonly (string File, string Code) Usings =
        ("Usings.cs", "global using System; global using System.Collections.Generic; global using System.Linq;");

    [Fact]
    public void No_condition_orders_sequence_numbers_or_timestamps_twice()
    {
        var sources = Folders.SelectMany(folder => Repository.Files(folder, ".cs"))
            .Select(file => (file, Repository.Read(file)));

        Expect.None(
            new SequenceComparisons([Usings, .. sources]).FindIntervals(),
            "An interval of sequence numbers is tested by two comparisons; use SeqRange or SeqNum.IsIn:");
    }

    [Theory]
    [InlineData("a >= b && a < c", true)]
    [InlineData("a < b || d && !(c < a)", true)]
    [InlineData("d && (a <= b) || (u >= c)", true)]
    [InlineData("IsBefore(1, 2) && IsBefore(2, 3)", true)]
    [InlineData("a < b && d", false)]
    [InlineData("a.IsIn(b, 5) && a < c", false)]
    [InlineData("i > 3 && i < 5", false)]
    public void An_interval_by_two_comparisons_is_found(string condition, bool isFound)
    {
        var code = $$"""
            using UserTcp.Wire;
            class Specimen
            {
                static bool IsBefore(uint value, uint other) => value < other;
                static bool Test(SeqNum a, SeqNum b, SeqNum c, SeqNum? u, bool d, int i) => {{condition}};
            }
            """;
        var sources = Repository.Files(Wire, ".cs").Select(file => (file, Repository.Read(file)));
        var found = new SequenceComparisons([Usings, .. sources, ("Specimen.cs", code)]).FindIntervals();

        Assert.Equal(isFound, found.Any(place => place.StartsWith("Specimen.cs", StringComparison.Ordinal)));
    }
}
