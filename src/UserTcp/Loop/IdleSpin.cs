namespace UserTcp.Loop;

/// <summary>
/// Decides whether an idle loop polls for a while before it sleeps. Waking up costs much more than polling, but polling
/// pays only when work comes soon. So the loop polls only when its last sleep was short, and the more often polling
/// found nothing, the more sleeps it skips. It yields between polls; if that takes longer than the limit, polling
/// failed too, since a woken thread gets its CPU sooner than one that yields. All times in ticks.
/// </summary>
/// <param name="limit">Max time to poll before a sleep; 0 for never.</param>
internal struct IdleSpin(long limit)
{
    /// <summary>A sleep shorter than this many limits is short.</summary>
    private const int ShortSleep = 2;

    private const int MinBackoff = 2;
    private const int MaxBackoff = 4096;

    private long _idleSince = -1;
    private int _backoff = MinBackoff;
    private int _skips;
    private bool _wasSleepShort;

    /// <summary>The loop had something to do.</summary>
    public void OnWork(long now)
    {
        if (_idleSince < 0)
            return;
        if (now - _idleSince > limit)
            BackOff();
        else
            _backoff = Math.Max(_backoff / 2, MinBackoff);
        _idleSince = -1;
    }

    /// <summary>
    /// The loop has nothing to do. True to poll again, false to sleep; begins, continues or ends a spin.
    /// </summary>
    public bool TrySpin(long now)
    {
        if (_idleSince >= 0)
        {
            if (now - _idleSince < limit)
                return true;
            BackOff();
            return false;
        }

        if (limit == 0 || !_wasSleepShort)
            return false;
        if (_skips > 0)
        {
            _skips--;
            return false;
        }

        _idleSince = now;
        return true;
    }

    /// <summary>The loop has slept.</summary>
    public void OnSlept(long duration) => _wasSleepShort = duration < limit * ShortSleep;

    /// <summary>A spin found nothing in time: the next sleeps go without one.</summary>
    private void BackOff()
    {
        _idleSince = -1;
        _skips = _backoff;
        _backoff = Math.Min(_backoff * 2, MaxBackoff);
    }
}
