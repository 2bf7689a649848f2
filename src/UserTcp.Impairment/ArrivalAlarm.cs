using UserTcp.Engine.Contract;

namespace UserTcp.Impairment;

/// <summary>
/// The clock of a link in real time, and the wait for the next arrival. With the system clock the device's own timeout
/// ends the wait. Any other clock may stand still or jump, so its timer wakes the device. Members other than the
/// timer's callback are for one thread.
/// </summary>
internal sealed class ArrivalAlarm : IDisposable
{
    /// <summary>Max times to set the timer for a clock that does not stand still.</summary>
    private const int MaxTries = 8;

    private readonly ILinkDevice _device;
    private readonly TimeProvider _clock;
    private readonly long _start;
    private readonly ITimer? _timer;

    /// <param name="device">The device to wait in.</param>
    /// <param name="clock">The clock; null for the system clock.</param>
    public ArrivalAlarm(ILinkDevice device, TimeProvider? clock)
    {
        _device = device;
        _clock = clock ?? TimeProvider.System;
        _start = _clock.GetTimestamp();
        if (_clock != TimeProvider.System)
        {
            _timer = _clock.CreateTimer(
                static alarm => ((ArrivalAlarm)alarm!).Ring(), this, Timeout.InfiniteTimeSpan,
                Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>The time since the start.</summary>
    public MonotonicTime Now => new(_clock.GetElapsedTime(_start).Ticks);

    /// <summary>
    /// Waits until the device wakes up, <paramref name="arrival"/> comes, or <paramref name="timeout"/> of real time
    /// passes.
    /// </summary>
    public void Wait(MonotonicTime arrival, TimeSpan timeout)
    {
        if (arrival != MonotonicTime.Never)
        {
            if (_timer is null)
                timeout = Shorter(timeout, arrival - Now);
            else if (!TrySet(_timer, arrival))
                timeout = TimeSpan.Zero;
        }

        _device.Wait(timeout);
    }

    /// <inheritdoc/>
    public void Dispose() => _timer?.Dispose();

    private static TimeSpan Shorter(TimeSpan timeout, TimeSpan left)
    {
        if (left < TimeSpan.Zero)
            return TimeSpan.Zero;
        return timeout == Timeout.InfiniteTimeSpan || left < timeout ? left : timeout;
    }

    /// <summary>Sets the timer; false when the arrival is due already.</summary>
    private bool TrySet(ITimer timer, MonotonicTime arrival)
    {
        var now = Now;
        for (var tries = 0; tries < MaxTries && now < arrival; tries++)
        {
            timer.Change(arrival - now, Timeout.InfiniteTimeSpan);
            // When the clock jumped meanwhile, the timer would ring too late. A clock that runs is never equal.
            var before = now;
            now = Now;
            if (now == before)
                break;
        }

        return now < arrival;
    }

    private void Ring()
    {
        try
        {
            _device.Wake();
        }
        catch (ObjectDisposedException)
        {
            // The timer rang while the device was being disposed of.
        }
    }
}
