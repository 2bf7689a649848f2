namespace UserTcp.Connections;

/// <summary>
/// Writes of the stream that overlap, in the order in which they began. Not safe for threads by itself: its writer
/// locks around it.
/// </summary>
internal struct WriteTurns
{
    private Queue<TaskCompletionSource>? _waiting;

    /// <summary>A write has its turn.</summary>
    public bool IsTaken { get; private set; }

    /// <summary>Takes the turn, or returns what completes when it comes.</summary>
    public TaskCompletionSource? TakeOrWait()
    {
        if (!IsTaken)
        {
            IsTaken = true;
            return null;
        }

        var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        (_waiting ??= new Queue<TaskCompletionSource>()).Enqueue(turn);
        return turn;
    }

    /// <summary>The write with the turn has ended; the next one that still waits has it.</summary>
    public void Pass()
    {
        while (_waiting is not null && _waiting.TryDequeue(out var next))
        {
            if (next.TrySetResult())
                return;
        }

        IsTaken = false;
    }
}
