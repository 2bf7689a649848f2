using System.Text.Json;
using UserTcp.Fuzz.Running;
using Xunit;

namespace UserTcp.Fuzz.Tests;

/// <summary>
/// An input depends only on its target and number, and its run only on its bytes, on any thread and in any order.
/// </summary>
public class DeterminismTests
{
    public static TheoryData<string> TargetNames => ReplayTests.TargetNames;

    [Theory]
    [MemberData(nameof(TargetNames))]
    public void A_number_makes_the_same_input(string name)
    {
        var (one, other) = (Targets.Find(name)!(), Targets.Find(name)!());
        for (ulong number = 1000; number < 1100; number++)
            Assert.Equal(one.Make(number), other.Make(number));
    }

    [Fact]
    public void A_run_does_not_depend_on_earlier_inputs()
    {
        var fresh = new StringWriter();
        var worn = new StringWriter();
        var target = Targets.Find("engine")!();
        for (ulong number = 0; number < 40; number++)
            target.Run(target.Make(number), new Features());
        for (ulong number = 40; number < 60; number++)
        {
            target.Log = worn;
            target.Run(target.Make(number), new Features());
            var other = Targets.Find("engine")!();
            other.Log = fresh;
            other.Run(other.Make(number), new Features());
        }

        Assert.NotEmpty(fresh.ToString());
        Assert.Equal(fresh.ToString(), worn.ToString());
    }

    [Fact]
    public void A_range_has_the_same_result_on_one_thread_and_on_several()
    {
        Assert.Equal(Counted(jobs: 1), Counted(jobs: 3));

        static string Counted(int jobs)
        {
            var (last, runners) = Campaign.Run(Targets.Find("tcp")!, 500, 2500, jobs, limit: null);
            using var line = JsonDocument.Parse(RangeReport.Line("tcp", 500, last, runners, TimeSpan.FromSeconds(2)));
            Assert.Equal(2001, line.RootElement.GetProperty("inputs").GetInt64());
            Assert.Equal(2500u, line.RootElement.GetProperty("last").GetUInt64());
            return line.RootElement.GetRawText();
        }
    }

    [Fact]
    public void A_run_with_a_time_limit_reports_its_range()
    {
        var (last, runners) = Campaign.Run(
            Targets.Find("cookies")!, 1 << 20, ulong.MaxValue, 2, TimeSpan.FromMilliseconds(1));

        Assert.Equal(last - (1 << 20) + 1, (ulong)runners.Sum(runner => runner.Inputs));
    }
}
