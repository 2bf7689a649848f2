using UserTcp.Engine.Contract;

namespace UserTcp.Capture.Inference;

/// <summary>What an end waited for, over the time from its first data to its last.</summary>
internal sealed class LimitTracker
{
    private TimeSpan _closed;
    private TimeSpan _full;
    private TimeSpan _idle;
    private TimeSpan _total;
    private TimeSpan _longestIdle;
    private (TimeSpan Closed, TimeSpan Full, TimeSpan Idle, TimeSpan LongestIdle, TimeSpan Total) _pending;
    private MonotonicTime? _last;

    /// <summary>The time from the first data to the ACK of the last.</summary>
    public TimeSpan Total => _total;

    /// <summary>The peer's window was zero.</summary>
    public TimeSpan WindowClosed => _closed;

    /// <summary>The peer's window had no room for another full segment.</summary>
    public TimeSpan WindowFull => _full;

    /// <summary>All data was acknowledged, and the application gave no more.</summary>
    public TimeSpan Idle => _idle;

    /// <summary>The longest time without data to send.</summary>
    public TimeSpan LongestIdle => _longestIdle;

    /// <summary>Accounts for the time since the segment before. The ends are as they were in that time.</summary>
    public void Pass(MonotonicTime now, EndModel end, EndModel peer)
    {
        if (_last is not { } last)
            return;
        var time = now - last;
        _last = now;
        if (time <= TimeSpan.Zero)
            return;
        _pending.Total += time;
        if (end.Window == 0)
        {
            _pending.Closed += time;
        }
        else if (end.Nxt == end.Una)
        {
            // An ACK needs its time from the capture point to the sender, and the data its time back.
            var idle = time - peer.Rtt.Min;
            _pending.Idle += idle > TimeSpan.Zero ? idle : TimeSpan.Zero;
            _pending.LongestIdle = idle > _pending.LongestIdle ? idle : _pending.LongestIdle;
        }
        else if (IsFull(end, peer))
        {
            _pending.Full += time;
        }
    }

    /// <summary>New data passes, or data is acknowledged: the transfer lasts until now at the minimum.</summary>
    public void OnTransfer(MonotonicTime now)
    {
        _last ??= now;
        _closed += _pending.Closed;
        _full += _pending.Full;
        _idle += _pending.Idle;
        _total += _pending.Total;
        _longestIdle = _pending.LongestIdle > _longestIdle ? _pending.LongestIdle : _longestIdle;
        _pending = default;
    }

    private static bool IsFull(EndModel end, EndModel peer) =>
        end.Scale is not null && end.HasSyn && peer.HasSyn && end.Edge - end.Nxt < (peer.Mss ?? 536);
}
