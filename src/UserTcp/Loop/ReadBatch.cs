namespace UserTcp.Loop;

/// <summary>
/// How many frames a turn reads before it replies to any of them. When frames arrive one at a time, a turn reads one,
/// and wastes no read on a second. When they arrive faster, the batch doubles up to <see cref="Max"/>.
/// </summary>
internal struct ReadBatch
{
    /// <summary>Max batch, so that a flood of frames delays neither timers nor requests.</summary>
    public const int Max = 64;

    /// <summary>
    /// Turns with one frame each before the next one tries two: a request/response peer never sends the second.
    /// </summary>
    private const int SinglesBeforeBatch = 16;

    private int _size;
    private int _singles;

    /// <summary>Max frames to read in this turn.</summary>
    public readonly int Size => Math.Max(_size, 1);

    /// <summary>Records how many frames this turn found, reading up to <see cref="Size"/>.</summary>
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
