using UserTcp.Loop;
using Xunit;

namespace UserTcp.Tests.Loop;

/// <summary>How many frames share a turn.</summary>
public sealed class ReadBatchTests
{
    [Fact]
    public void Where_frames_come_one_at_a_time_hardly_a_read_is_wasted_on_a_second()
    {
        var batch = default(ReadBatch);
        var wasted = 0;
        for (var turn = 0; turn < 1000; turn++)
        {
            wasted += batch.Size > 1 ? 1 : 0;
            batch.Record(1);
        }

        Assert.InRange(wasted, 1, 70);
    }

    [Fact]
    public void A_flood_soon_shares_turns_and_is_never_read_without_end()
    {
        var batch = default(ReadBatch);
        var turns = 0;
        for (; batch.Size < ReadBatch.Max; turns++)
            batch.Record(batch.Size);
        batch.Record(batch.Size);

        Assert.InRange(turns, 1, 30);
        Assert.Equal(ReadBatch.Max, batch.Size);
    }

    [Fact]
    public void After_a_flood_it_is_as_many_as_there_were()
    {
        var batch = default(ReadBatch);
        for (var turn = 0; turn < 100; turn++)
            batch.Record(batch.Size);
        batch.Record(5);
        Assert.Equal(5, batch.Size);
        batch.Record(0);
        Assert.Equal(1, batch.Size);
    }
}
