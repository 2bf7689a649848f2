using UserTcp.Loop;
using Xunit;

namespace UserTcp.Tests.Loop;

/// <summary>Whether an idle loop polls or sleeps; in ticks, without a clock.</summary>
public sealed class IdleSpinTests
{
    private const long Limit = 500;

    [Fact]
    public void A_loop_does_not_spin_before_a_short_sleep()
    {
        var spin = new IdleSpin(Limit);
        Assert.False(spin.TrySpin(now: 0));
        spin.OnSlept(Limit * 100);
        Assert.False(spin.TrySpin(now: 1000));
        spin.OnSlept(Limit);
        Assert.True(spin.TrySpin(now: 2000));
    }

    [Fact]
    public void A_spin_ends_at_the_limit()
    {
        var spin = new IdleSpin(Limit);
        spin.OnSlept(1);
        Assert.True(spin.TrySpin(now: 1000));
        Assert.True(spin.TrySpin(now: 1000 + Limit - 1));
        Assert.False(spin.TrySpin(now: 1000 + Limit));
    }

    [Fact]
    public void A_limit_of_0_never_spins()
    {
        var spin = new IdleSpin(0);
        spin.OnSlept(0);
        Assert.False(spin.TrySpin(now: 0));
    }

    [Fact]
    public void Spins_that_find_nothing_become_rare()
    {
        var spin = new IdleSpin(Limit);
        Assert.InRange(Spins(ref spin, idles: 20_000, findsWork: false), 1, 20);
    }

    [Fact]
    public void Spins_that_find_work_go_on_and_undo_the_backoff()
    {
        var spin = new IdleSpin(Limit);
        Spins(ref spin, idles: 1000, findsWork: false);
        Spins(ref spin, idles: 1000, findsWork: true);
        Assert.Equal(1000, Spins(ref spin, idles: 1000, findsWork: true));
    }

    [Fact]
    public void Spins_that_find_work_late_because_others_used_the_CPU_become_rare()
    {
        var spin = new IdleSpin(Limit);
        Assert.InRange(Spins(ref spin, idles: 20_000, findsWork: true, delay: Limit * 60), 1, 20);
    }

    /// <summary>Becomes idle again and again, with short sleeps; returns the number of spins.</summary>
    private static int Spins(ref IdleSpin spin, int idles, bool findsWork, long delay = 0)
    {
        var spins = 0;
        for (var i = 0; i < idles; i++)
        {
            var now = 100_000L * (i + 1);
            var isSpinning = spin.TrySpin(now);
            spins += isSpinning ? 1 : 0;
            if (!isSpinning || (!findsWork && !spin.TrySpin(now + Limit)))
                spin.OnSlept(1);
            spin.OnWork(now + delay);
        }

        return spins;
    }
}
