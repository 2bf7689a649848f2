namespace UserTcp.Engine.Congestion;

/// <summary>
/// The greatest value of late, after Kathleen Nichols: the best, and the second and third best after it, are kept with their times, so that
/// there is another when one becomes too old. Times are whatever is counted, such as round trips.
/// </summary>
internal struct WindowedMax
{
    private Sample _best;
    private Sample _second;
    private Sample _third;

    public readonly long Value => _best.Value;

    public void Update(long value, long time, long window)
    {
        var sample = new Sample(value, time);
        if (value >= _best.Value || time - _third.Time > window)
        {
            _best = _second = _third = sample;
            return;
        }

        if (value >= _second.Value)
            _second = _third = sample;
        else if (value >= _third.Value)
            _third = sample;
        Age(sample, window);
    }

    private void Age(Sample sample, long window)
    {
        var age = sample.Time - _best.Time;
        if (age > window)
        {
            (_best, _second, _third) = (_second, _third, sample);
            if (sample.Time - _best.Time > window)
                (_best, _second) = (_second, _third);
        }
        else if (_second.Time == _best.Time && age > window / 4)
        {
            // A quarter of the window has passed without a second best.
            _second = _third = sample;
        }
        else if (_third.Time == _second.Time && age > window / 2)
        {
            _third = sample;
        }
    }

    private readonly record struct Sample(long Value, long Time);
}
