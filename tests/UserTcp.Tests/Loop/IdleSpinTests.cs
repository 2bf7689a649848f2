using UserTcp.Loop;
using Xunit;

namespace UserTcp.Tests.Loop;

/// <summary>Whether a loop without work asks again or sleeps; in ticks, without a clock.</summary>
public sealed class IdleSpinTests
{
    private const long Limit = 500;

    [Fact]
    public void Nobody_asks_before_a_sleep_was_short()
    {
        var spin = new IdleSpin(Limit);
        Assert.False(spin.TrySpin(now: 0));
        spin.OnSlept(Limit * 100);
        Assert.False(spin.TrySpin(now: 1000));
        spin.OnSlept(Limit);
        Assert.True(spin.TrySpin(now: 2000));
    }

    [Fact]
    public void It_ends_at_the_limit()
    {
        var spin = new IdleSpin(Limit);
        spin.OnSlept(1);
        Assert.True(spin.TrySpin(now: 1000));
        Assert.True(spin.TrySpin(now: 1000 + Limit - 1));
        Assert.False(spin.TrySpin(now: 1000 + Limit));
    }

    [Fact]
    public void With_a_limit_of_nothing_it_never_begins()
    {
        var spin = new IdleSpin(0);
        spin.OnSlept(0);
        Assert.False(spin.TrySpin(now: 0));
    }

    [Fact]
    public void What_is_always_in_vain_becomes_rare()
    {
        var spin = new IdleSpin(Limit);
        Assert.InRange(Spins(ref spin, idles: 20_000, findsWork: false), 1, 20);
    }

    [Fact]
    public void What_finds_something_goes_on_for_ever_and_makes_up_for_what_was_in_vain()
    {
        var spin = new IdleSpin(Limit);
        Spins(ref spin, idles: 1000, findsWork: false);
        Spins(ref spin, idles: 1000, findsWork: true);
        Assert.Equal(1000, Spins(ref spin, idles: 1000, findsWork: true));
    }

    [Fact]
    public void What_finds_something_late_because_others_took_the_CPU_becomes_rare()
    {
        var spin = new IdleSpin(Limit);
        Assert.InRange(Spins(ref spin, idles: 20_000, findsWork: true, takes: Limit * 60), 1, 20);
    }

    /// <summary>Goes idle again and again, and sleeps shortly each time it sleeps; returns how often it asked before that.</summary>
    private static int Spins(ref IdleSpin spin, int idles, bool findsWork, long takes = 0)
    {
        var spins = 0;
        for (var i = 0; i < idles; i++)
        {
            var now = 100_000L * (i + 1);
            var isSpinning = spin.TrySpin(now);
            spins += isSpinning ? 1 : 0;
            if (!isSpinning || (!findsWork && !spin.TrySpin(now + Limit)))
                spin.OnSlept(1);
            spin.OnWork(now + takes);
        }

        return spins;
    }
}
