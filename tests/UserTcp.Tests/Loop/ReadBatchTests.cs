using UserTcp.Loop;
using Xunit;

namespace UserTcp.Tests.Loop;

/// <summary>How many frames a turn reads.</summary>
public sealed class ReadBatchTests
{
    [Fact]
    public void Single_frames_waste_few_reads_on_a_second()
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
    public void A_flood_soon_fills_batches_up_to_the_max()
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
    public void After_a_flood_the_batch_is_the_number_of_frames_found()
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
