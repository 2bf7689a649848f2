using System.Buffers.Binary;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Security;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Security;

/// <summary>The SYN cookie in isolation: its contents, its lifetime, and the number of valid values.</summary>
[Trait("RFC", "4987 section 3.6")]
public class SynCookieTests
{
    private static readonly SipKey Key = new(0x0123_4567_89AB_CDEF, 0xFEDC_BA98_7654_3210);
    private static readonly MonotonicTime Now = new(1000 * TimeSpan.TicksPerSecond);
    private static readonly SynCookieScope Scope = new(0x1122_3344_5566_7788, true, new SeqNum(uint.MaxValue), 7, 0x47);

    /// <summary>
    /// A number is valid if its 29 high bits are the MAC of its 3 low bits in one of two ticks: 16 of 2^32, so a blind
    /// guess succeeds with probability 2^-28. The test builds these 16, and checks that 2^24 others, spread evenly over
    /// all numbers, and all that differ from a valid one by a bit, are invalid.
    /// </summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Sixteen_of_all_numbers_are_valid_cookies(bool isIPv4)
    {
        var scope = Scope with { IsIPv4 = isIPv4 };
        var valid = new HashSet<uint>();
        foreach (var mss in Values(isIPv4))
        {
            valid.Add(SynCookie.Make(Key, scope, mss, Now).Value);
            valid.Add(SynCookie.Make(Key, scope, mss, Now - SynCookie.Tick).Value);
        }

        Assert.Equal(16, valid.Count);
        Assert.Equal(Enumerable.Repeat(2, 8), valid.GroupBy(number => number & 7).Select(group => group.Count()));
        Assert.All(valid, number => Assert.True(SynCookie.TryRead(Key, scope, new SeqNum(number), Now, out _)));
        var others = valid.SelectMany(number => Enumerable.Range(0, 32).Select(bit => number ^ (1u << bit)))
            .Concat(Enumerable.Range(0, 1 << 24)
                .Select(i => ((uint)i << 8) | (uint)((i * 2_654_435_761L) >> 7 & 0xFF)));
        Assert.Equal(0, others.Count(number =>
            SynCookie.TryRead(Key, scope, new SeqNum(number), Now, out _) && !valid.Contains(number)));
    }

    [Fact]
    public void A_cookie_is_valid_in_its_tick_and_the_next()
    {
        var start = new MonotonicTime(SynCookie.TickAt(Now) * SynCookie.Tick.Ticks);
        var cookie = SynCookie.Make(Key, Scope, 1460, start);
        Assert.True(IsValid(start));
        Assert.True(IsValid(start + (SynCookie.Tick * 2) - TimeSpan.FromTicks(1)));
        Assert.False(IsValid(start + (SynCookie.Tick * 2)));
        Assert.False(IsValid(start - TimeSpan.FromTicks(1)));

        bool IsValid(MonotonicTime at) => SynCookie.TryRead(Key, Scope, cookie, at, out _);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(-1)]
    [InlineData(-640_000_000)]
    [InlineData(long.MinValue / 2)]
    [InlineData(long.MaxValue - (1L << 40))]
    public void Every_time_has_a_tick(long ticks)
    {
        var now = new MonotonicTime(ticks);
        Assert.InRange(ticks - (SynCookie.TickAt(now) * SynCookie.Tick.Ticks), 0, SynCookie.Tick.Ticks - 1);
        var cookie = SynCookie.Make(Key, Scope, 1460, now);
        Assert.True(SynCookie.TryRead(Key, Scope, cookie, now, out _));
        Assert.True(SynCookie.TryRead(Key, Scope, cookie, now + SynCookie.Tick, out _));
        Assert.False(SynCookie.TryRead(Key, Scope, cookie, now - SynCookie.Tick, out _));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_MSS_is_rounded_down(bool isIPv4)
    {
        var kept = new SortedSet<int>();
        for (var mss = 48; mss <= 65_535; mss++)
        {
            Assert.True(SynCookie.TryRead(
                Key, Scope with { IsIPv4 = isIPv4 },
                SynCookie.Make(Key, Scope with { IsIPv4 = isIPv4 }, mss, Now), Now, out var read));
            Assert.InRange(read, kept.Count == 0 ? 48 : kept.Max, mss);
            kept.Add(read);
        }

        Assert.Equal(Values(isIPv4), kept);
        Assert.Contains(isIPv4 ? 1460 : 1440, kept);
    }

    [Fact]
    public void A_cookie_is_bound_to_its_scope()
    {
        var cookie = SynCookie.Make(Key, Scope, 1460, Now);
        Assert.False(SynCookie.TryRead(Key with { K0 = 1 }, Scope, cookie, Now, out _));
        Assert.False(Holds(Scope with { TupleHash = 1 }));
        Assert.False(Holds(Scope with { Irs = Scope.Irs + 1 }));
        Assert.False(Holds(Scope with { Irs = Scope.Irs - 1 }));
        Assert.False(Holds(Scope with { OwnScale = 8 }));
        Assert.False(Holds(Scope with { Terms = 0x46 }));
        Assert.True(Holds(Scope));

        bool Holds(SynCookieScope scope) => SynCookie.TryRead(Key, scope, cookie, Now, out _);
    }

    [Fact]
    public void Three_words_are_hashed_as_their_bytes()
    {
        var bytes = new byte[24];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, 1);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(8), ulong.MaxValue - 1);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(16), 0x0123_4567_89AB_CDEF);
        Assert.Equal(SipHash24.Hash(Key, bytes), SipHash24.Hash(Key, 1, ulong.MaxValue - 1, 0x0123_4567_89AB_CDEF));
    }

    /// <summary>
    /// Every combination of options at every phase of the clock, including its wrap and its sign change.
    /// </summary>
    [Theory]
    [InlineData(0u)]
    [InlineData(0x8000_0000u)]
    [InlineData(123_456_789u)]
    public void A_timestamp_carries_the_options_and_is_never_ahead_of_the_clock(uint around)
    {
        for (var shift = -1; shift <= WindowScale.MaxShift; shift++)
        {
            foreach (var (sack, ecn) in new[] { (false, false), (false, true), (true, false), (true, true) })
            {
                WindowScale? scale = shift < 0 ? null : WindowScale.FromWire((byte)shift);
                var terms = new SynCookieTerms(scale, sack, ecn);
                for (var i = -130; i <= 130; i++)
                {
                    var clock = unchecked(around + (uint)i);
                    var value = terms.Stamp(clock);
                    Assert.InRange(unchecked(clock - value), 0u, 63u);
                    var read = SynCookieTerms.FromEcho(value);
                    Assert.Equal((scale, sack, ecn, true), (read.Scale, read.Sack, read.Ecn, read.HasTimestamps));
                    Assert.Equal(terms, read);
                }
            }
        }

        Assert.Equal((null, false, false, false), (
            SynCookieTerms.None.Scale, SynCookieTerms.None.Sack, SynCookieTerms.None.Ecn,
            SynCookieTerms.None.HasTimestamps));
    }

    private static int[] Values(bool isIPv4) =>
        isIPv4 ? [48, 536, 1220, 1360, 1380, 1440, 1460, 8960] : [48, 536, 1220, 1360, 1400, 1420, 1440, 8940];
}
