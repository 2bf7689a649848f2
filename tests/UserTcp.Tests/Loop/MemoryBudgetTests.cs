using UserTcp.Buffers;
using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using Xunit;

namespace UserTcp.Tests.Loop;

/// <summary>The memory limit of all pools of a stack, and when dropped memory is collected.</summary>
public sealed class MemoryBudgetTests
{
    private const int Block = BlockPool.StandardSize;
    private const long Limit = 1 << 20;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    [Theory]
    [InlineData(100L << 20, 50L << 20)]
    [InlineData(1L << 40, 1L << 30)]
    [InlineData(1000, 1 << 20)]
    public void The_default_limit_is_half_of_the_available_memory_and_max_1_GiB(long available, long wanted) =>
        Assert.Equal(wanted, MemoryBudget.DefaultFor(available));

    [Fact]
    public void A_configured_limit_is_used_unchanged() =>
        Assert.Equal(7L << 30, MemoryBudget.LimitFor(new EngineOptions { MaxMemory = 7L << 30 }));

    [Fact]
    public void Pools_of_one_stack_share_the_limit_and_the_reserve()
    {
        var budget = new MemoryBudget(Limit);
        var (one, other) = (budget.CreatePool(), budget.CreatePool());
        var blocks = new Stack<Block>();
        while (one.TryRent(Block, mayUseReserve: false) is { } block)
            blocks.Push(block);
        Assert.Equal(Limit / Block, blocks.Count);
        Assert.Null(other.TryRent(Block, mayUseReserve: false));

        while (other.TryRent() is { } block)
            blocks.Push(block);
        Assert.Equal((Limit + (Limit / 8)) / Block, blocks.Count);
        Assert.Equal((budget.Created, true, false), (budget.Used, budget.IsOverLimit, budget.HasRoom));
        Assert.Throws<IOException>(() => one.Rent());

        while (blocks.TryPop(out var block))
            block.Release();
        Assert.Equal((0, 0L, true), (one.Rented + other.Rented, budget.Used, budget.HasRoom));
        Assert.InRange(budget.Created, 1, Limit);
    }

    [Fact]
    public void Idle_blocks_of_another_pool_make_room()
    {
        var budget = new MemoryBudget(Limit);
        var (one, other) = (budget.CreatePool(), budget.CreatePool());
        var blocks = Enumerable.Range(0, (int)(Limit / Block)).Select(_ => one.Rent()).ToList();
        blocks.ForEach(block => block.Release());
        Assert.Equal((Limit, 0L), (budget.Created, budget.Used));

        var block = other.TryRent(Block, mayUseReserve: false);
        Assert.NotNull(block);
        // Two stay in the pool for its loop.
        Assert.Equal(3 * Block, budget.Created);
        block.Release();
    }

    [Fact]
    public void A_failed_allocation_lowers_the_limit_for_a_while()
    {
        var budget = new MemoryBudget(64 * Limit);
        var pool = budget.CreatePool();
        var blocks = Enumerable.Range(0, 1024).Select(_ => pool.Rent()).ToList();
        Assert.True(budget.TryReserve(Block, mayUseReserve: true));
        budget.OnAllocationFailed(Block);

        Assert.Equal((14 * Limit, true, true), (budget.Limit, budget.IsReduced, budget.IsOverLimit));
        Assert.Null(pool.TryRent(Block, mayUseReserve: false));
        Assert.True(budget.Refresh() >= budget.Limit && budget.IsExhausted && budget.IsUnderPressure);
        for (var i = 0; i < 8; i++)
            budget.Recover();
        Assert.Equal((64 * Limit, false), (budget.Limit, budget.IsReduced));
        blocks.ForEach(block => block.Release());
    }

    [Fact]
    public async Task A_waiter_is_woken_when_there_is_memory()
    {
        var budget = new MemoryBudget(Limit);
        var pool = budget.CreatePool();
        var blocks = new Stack<Block>();
        while (pool.TryRent() is { } block)
            blocks.Push(block);
        var room = budget.WaitForRoomAsync();
        budget.Refresh();
        Assert.False(room.IsCompleted);

        while (blocks.TryPop(out var block))
            block.Release();
        budget.Refresh();
        await room;
        Assert.False(budget.HasWaiters);
    }

    [Fact]
    public void Blocks_idle_for_an_interval_are_dropped_and_those_in_use_are_kept()
    {
        var budget = new MemoryBudget(1024 * Limit);
        var pool = budget.CreatePool();
        var trim = new IdleTrim(pool, budget, Interval);
        var now = new MonotonicTime(0);
        Assert.False(trim.IsDue(now));

        Enumerable.Range(0, 2000).Select(_ => pool.Rent()).ToList().ForEach(block => block.Release());
        Assert.True(trim.IsDue(now));
        Assert.False(trim.Run(now, 0));
        // 1,500 blocks are in use at once in the interval, so only 500 are idle all the time.
        Enumerable.Range(0, 1500).Select(_ => pool.Rent()).ToList().ForEach(block => block.Release());
        Assert.False(trim.IsDue(now + Interval - TimeSpan.FromTicks(1)));
        now += Interval;
        Assert.True(trim.IsDue(now));
        Assert.False(trim.Run(now, 0));
        Assert.InRange(budget.Created / Block, 1500, 1600);

        now += Interval;
        Assert.True(trim.Run(now, 0));
        Assert.Equal((64, MonotonicTime.Never), (budget.Created / Block, trim.Due));
    }

    [Fact]
    public void An_infinite_interval_drops_nothing()
    {
        var budget = new MemoryBudget(64 * Limit);
        var pool = budget.CreatePool();
        Enumerable.Range(0, 2000).Select(_ => pool.Rent()).ToList().ForEach(block => block.Release());
        Assert.False(new IdleTrim(pool, budget, Timeout.InfiniteTimeSpan).IsDue(new MonotonicTime(long.MaxValue / 2)));
    }

    [Fact]
    public void Memory_is_collected_when_much_was_dropped_and_the_stack_is_idle_and_not_often()
    {
        var release = new MemoryRelease(1L << 30);
        var now = new MonotonicTime(0);
        release.OnDropped((16 << 20) - 1);
        Assert.False(release.TryStart(isBusy: false, Interval, now));
        release.OnDropped(1);
        Assert.False(release.TryStart(isBusy: true, Interval, now));
        // Another loop was busy within the interval.
        Assert.False(release.TryStart(isBusy: false, Interval, now + Interval - TimeSpan.FromTicks(1)));
        now += Interval;
        Assert.True(release.TryStart(isBusy: false, Interval, now));
        Assert.False(release.IsPending);

        release.OnDropped(32 << 20);
        Assert.False(release.TryStart(isBusy: false, Interval, now + TimeSpan.FromSeconds(29)));
        Assert.True(release.TryStart(isBusy: false, Interval, now + TimeSpan.FromSeconds(30)));
    }
}
