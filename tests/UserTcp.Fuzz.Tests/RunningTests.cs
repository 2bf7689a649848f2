using UserTcp.Fuzz.Running;
using Xunit;

namespace UserTcp.Fuzz.Tests;

/// <summary>The parts of the fuzzer, with a target that has known faults.</summary>
public class RunningTests
{
    [Fact]
    public void Shrinking_keeps_the_head_and_the_relevant_steps()
    {
        byte[] input = [9, 9, .. Enumerable.Repeat((byte)0, 60), 7, 1, 0, 0, 7, 2, .. Enumerable.Repeat((byte)3, 40)];

        var shrunk = new CaseShrinker(new KnownTarget(), TimeSpan.FromSeconds(30)).Shrink(input, "known: both");

        Assert.Equal([9, 9, 7, 1, 7, 2], shrunk);
    }

    [Fact]
    public void Shrinking_keeps_the_kind()
    {
        byte[] input = [9, 9, 7, 1, 0, 0, 8, 8];

        Assert.Equal(
            [9, 9, 8, 8], new CaseShrinker(new KnownTarget(), TimeSpan.FromSeconds(30)).Shrink(input, "known: eight"));
    }

    [Fact]
    public void A_finding_is_counted_and_written_once_for_each_kind()
    {
        var folder = Directory.CreateTempSubdirectory("usertcp-fuzz-test-").FullName;
        try
        {
            var (_, runners) = Campaign.Run(() => new KnownTarget(), 0, 255, 2, limit: null);
            var failures = runners.SelectMany(runner => runner.Failures).ToList();

            Assert.Equal([7ul, 8ul], failures.Select(failure => failure.Number).Order());
            var paths =
                Campaign.WriteFailures(() => new KnownTarget(), failures, folder, TimeSpan.FromSeconds(5)).ToList();

            Assert.Equal(2, paths.Count);
            Assert.All(paths, path =>
            {
                var found = FuzzCase.Parse(File.ReadAllText(path));
                Assert.Equal("known", found.Target);
                var exception = new InputRunner(new KnownTarget()).Find(found.Input);
                Assert.Equal(found.Kind, FindingException.KindOf(exception!));
            });
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void The_kind_of_an_exception_is_the_place_that_threw() =>
        Assert.Equal(
            "InvalidOperationException in KnownTarget.Run",
            FindingException.KindOf(new InputRunner(new KnownTarget()).Find([0, 0, 6, 6])!));

    [Fact]
    public void A_case_round_trips()
    {
        var found = new FuzzCase("engine", "pool: leak", [.. Enumerable.Range(0, 100).Select(i => (byte)i)]);

        var again = FuzzCase.Parse(found.Format());

        Assert.Equal((found.Target, found.Kind), (again.Target, again.Kind));
        Assert.Equal(found.Input, again.Input);
        Assert.Throws<FormatException>(() => FuzzCase.Parse("engine\n00\n"));
    }

    [Fact]
    public void A_mutant_is_a_head_and_whole_steps()
    {
        var target = new KnownTarget();
        for (ulong number = 0; number < 500; number++)
        {
            var dice = new Dice(number);
            var mutant = Mutation.Apply(target, [1, 2, 3, 4, 5, 6], [7, 8, 9, 10], ref dice);
            Assert.True(mutant.Length >= 2 && mutant.Length % 2 == 0, $"{mutant.Length} bytes");
        }
    }

    [Fact]
    public void Features_count_each_tuple_once_and_add_up()
    {
        var (one, other) = (new Features(), new Features());
        one.Hit(1, 2, 3, 4);
        one.Hit(1, 2, 3, 4);
        other.Hit(1, 2, 3, 5);
        other.Add("x", 2);
        one.Add("x");
        one.Merge(other);

        Assert.Equal(2, one.Count);
        Assert.Equal(3, one.Counts.Single().Value);
    }

    /// <summary>Steps of two bytes: 7 1 and later 7 2 break one rule, 8 another, 6 throws.</summary>
    private sealed class KnownTarget : FuzzTarget
    {
        public override string Name => "known";

        public override int HeadLength => 2;

        public override int StepLength => 2;

        public override byte[] Generate(ulong number) => number switch
        {
            7 => [0, 0, 7, 1, 0, 0, 7, 2],
            8 => [0, 0, 8, 8],
            _ => [0, 0, 1, 1],
        };

        public override int Run(ReadOnlySpan<byte> input, Features features)
        {
            var isFirstSeen = false;
            for (var at = 2; at + 1 < input.Length; at += 2)
            {
                isFirstSeen |= input[at] == 7 && input[at + 1] == 1;
                FindingException.Require(
                    !isFirstSeen || input[at] != 7 || input[at + 1] != 2, "known: both", "Both are there.");
                FindingException.Require(input[at] != 8, "known: eight", $"At {at}.");
                if (input[at] == 6)
                    throw new InvalidOperationException();
            }

            return input.Length / 2;
        }
    }
}
