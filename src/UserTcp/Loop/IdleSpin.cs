namespace UserTcp.Loop;

/// <summary>
/// Whether a loop that has nothing to do asks again for a while before it sleeps. To be woken costs much more than to ask, but only
/// asking that finds something soon is worth it: the loop asks when its last sleep was short, and the oftener that was in vain,
/// the longer it goes without. It lets others run in between; when they take long, that was in vain too, since a thread that is woken
/// gets its CPU sooner than one that gives way. All times in ticks.
/// </summary>
/// <param name="limit">The longest time to ask before a sleep; 0 for never.</param>
internal struct IdleSpin(long limit)
{
    /// <summary>A sleep of no more than so many limits is short.</summary>
    private const int ShortSleep = 2;

    private const int MinBackoff = 2;
    private const int MaxBackoff = 4096;

    private long _idleSince = -1;
    private int _backoff = MinBackoff;
    private int _skips;
    private bool _wasSleepShort;

    /// <summary>The loop has had something to do.</summary>
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

    /// <summary>The loop has nothing to do. True when it had better ask again than sleep.</summary>
    public bool TrySpin(long now)
    {
        if (_idleSince >= 0)
            return now - _idleSince < limit || BackOff();
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

    /// <summary>The loop has slept, and something woke it.</summary>
    public void OnSlept(long duration) => _wasSleepShort = duration < limit * ShortSleep;

    private bool BackOff()
    {
        _idleSince = -1;
        _skips = _backoff;
        _backoff = Math.Min(_backoff * 2, MaxBackoff);
        return false;
    }
}
