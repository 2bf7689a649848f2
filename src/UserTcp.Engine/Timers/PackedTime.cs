using UserTcp.Engine.Contract;

namespace UserTcp.Engine.Timers;

/// <summary>
/// A time in four bytes, as its age at a reference time: in ticks of 100 ns up to 214 s, in milliseconds up to 24 days.
/// Zero, which stands for never, is preserved.
/// </summary>
internal readonly struct PackedTime
{
    private const uint ZeroTime = uint.MaxValue;
    private const uint InMilliseconds = 1u << 31;

    private readonly uint _ago;

    private PackedTime(uint ago) => _ago = ago;

    /// <summary>False when the time is later than the reference, or too old.</summary>
    public static bool TryPack(MonotonicTime time, MonotonicTime reference, out PackedTime packed)
    {
        var ticks = (reference - time).Ticks;
        var milliseconds = ticks / TimeSpan.TicksPerMillisecond;
        packed = new PackedTime(
            time == MonotonicTime.Zero
                ? ZeroTime
                : unchecked(ticks < InMilliseconds ? (uint)ticks : (uint)milliseconds | InMilliseconds));
        return time == MonotonicTime.Zero || (ticks >= 0 && milliseconds < (ZeroTime & ~InMilliseconds));
    }

    /// <summary>The time: never earlier than the packed one, and less than a millisecond later.</summary>
    public MonotonicTime Unpack(MonotonicTime reference)
    {
        if (_ago == ZeroTime)
            return MonotonicTime.Zero;
        var ticks = (_ago & InMilliseconds) == 0 ? _ago : (_ago & ~InMilliseconds) * TimeSpan.TicksPerMillisecond;
        return reference - TimeSpan.FromTicks(ticks);
    }
}
