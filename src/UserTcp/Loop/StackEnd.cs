using UserTcp.Errors;
using UserTcp.Requests;

namespace UserTcp.Loop;

/// <summary>
/// How the loops of a stack end together. A loop that has drained goes on until all have, since it may read frames of
/// another loop's connections. A fault in one loop ends all. Any thread.
/// </summary>
internal sealed class StackEnd(ILinkDevice device, LoopMailbox[] mailboxes, WatchHub watchers)
{
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Exception? _fault;
    private int _undrained = mailboxes.Length;
    private int _running = mailboxes.Length;
    private int _alive = mailboxes.Length;

    /// <inheritdoc cref="UserTcpStack.Completion"/>
    public Task Completion => _completion.Task;

    /// <summary>True when all loops have reported that they have drained: they may end.</summary>
    public bool IsDrained => Volatile.Read(ref _undrained) == 0;

    /// <summary>A loop has brought its connections to an end. Each loop reports it once.</summary>
    public void ReportDrained()
    {
        if (Interlocked.Decrement(ref _undrained) == 0)
            NudgeOthers(fault: null);
    }

    /// <summary>A loop has failed, and the others fail with it.</summary>
    public void ReportFault(Exception fault)
    {
        if (Interlocked.CompareExchange(ref _fault, fault, null) is null)
            NudgeOthers(fault);
    }

    /// <summary>
    /// A loop has stopped using the device; the last one disposes of it. Returns the fault that the loop ended with,
    /// which may come from the disposal.
    /// </summary>
    public Exception? LeaveDevice(Exception? fault)
    {
        if (Interlocked.Decrement(ref _running) > 0)
            return fault;
        // Of several loops' faults the first one counts.
        _fault = Attempt.Run(device.Dispose, mailboxes.Length == 1 ? fault : _fault ?? fault);
        return _fault;
    }

    /// <summary>A loop has ended: its last report.</summary>
    public void ReportEnded()
    {
        if (Interlocked.Decrement(ref _alive) > 0)
            return;
        watchers.Complete();
        if (_fault is null)
            _completion.SetResult();
        else
            _completion.SetException(_fault);
    }

    private void NudgeOthers(Exception? fault)
    {
        foreach (var mailbox in mailboxes)
        {
            if (!mailbox.IsCurrent)
                mailbox.Post(new Nudge(fault));
        }
    }
}
