namespace UserTcp.Capture.Inference;

/// <summary>
/// A set of offsets in a stream, as sorted ranges that neither overlap nor touch. Bounded: with too many ranges the
/// lowest is dropped.
/// </summary>
internal sealed class RangeSet
{
    private const int MaxRanges = 1024;

    private readonly List<(long Start, long End)> _ranges = [];

    /// <summary>The number of ranges.</summary>
    public int Count => _ranges.Count;

    /// <summary>The range at an index, lowest first.</summary>
    public (long Start, long End) this[int index] => _ranges[index];

    /// <summary>The end of the highest range; null when the set is empty.</summary>
    public long? Max => _ranges.Count > 0 ? _ranges[^1].End : null;

    /// <summary>Adds a range, and returns how many of its offsets are new.</summary>
    public long Add(long start, long end)
    {
        var added = end - start - CountIn(start, end);
        if (end <= start)
            return 0;
        var first = _ranges.FindIndex(range => range.End >= start);
        if (first < 0)
            first = _ranges.Count;
        var last = first;
        while (last < _ranges.Count && _ranges[last].Start <= end)
        {
            (start, end) = (Math.Min(start, _ranges[last].Start), Math.Max(end, _ranges[last].End));
            last++;
        }

        _ranges.RemoveRange(first, last - first);
        _ranges.Insert(first, (start, end));
        if (_ranges.Count > MaxRanges)
            _ranges.RemoveAt(0);
        return added;
    }

    /// <summary>How many offsets of a range are in the set.</summary>
    public long CountIn(long start, long end)
    {
        var count = 0L;
        for (var i = _ranges.Count - 1; i >= 0 && _ranges[i].End > start; i--)
            count += Math.Max(Math.Min(end, _ranges[i].End) - Math.Max(start, _ranges[i].Start), 0);
        return count;
    }

    /// <summary>True when the offset is in the set.</summary>
    public bool Contains(long offset) => CountIn(offset, offset + 1) == 1;

    /// <summary>Removes a range.</summary>
    public void Remove(long start, long end)
    {
        for (var i = _ranges.Count - 1; i >= 0 && _ranges[i].End > start; i--)
        {
            var (left, right) = _ranges[i];
            if (left >= end)
                continue;
            _ranges.RemoveAt(i);
            if (right > end)
                _ranges.Insert(i, (end, right));
            if (left < start)
                _ranges.Insert(i, (left, start));
        }
    }

    /// <summary>Removes everything below an offset.</summary>
    public void RemoveBelow(long offset)
    {
        while (_ranges.Count > 0 && _ranges[0].End <= offset)
            _ranges.RemoveAt(0);
        if (_ranges.Count > 0 && _ranges[0].Start < offset)
            _ranges[0] = (offset, _ranges[0].End);
    }

    /// <summary>Removes everything.</summary>
    public void Clear() => _ranges.Clear();
}
