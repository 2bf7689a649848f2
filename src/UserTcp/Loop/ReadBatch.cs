namespace UserTcp.Loop;

/// <summary>
/// How many frames a turn reads before it answers any of them. Where frames come one at a time, each is answered at once, and no
/// read is wasted on asking for a second; where they come faster than that, more and more of them share a turn.
/// </summary>
internal struct ReadBatch
{
    /// <summary>So that a flood of frames holds up neither timers nor requests.</summary>
    public const int Max = 64;

    /// <summary>So many turns find one frame each before the next looks for two: a peer that waits for each answer never sends the second.</summary>
    private const int SinglesBeforeBatch = 16;

    private int _size;
    private int _singles;

    /// <summary>Frames to read at most.</summary>
    public readonly int Size => Math.Max(_size, 1);

    /// <summary>What reading up to <see cref="Size"/> frames has found.</summary>
    public void Record(int frames)
    {
        if (frames < Size)
            _size = Math.Max(frames, 1);
        else if (Size > 1)
            _size = Math.Min(Size * 2, Max);
        else if (++_singles >= SinglesBeforeBatch)
            (_size, _singles) = (2, 0);
    }
}
