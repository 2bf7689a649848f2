using UserTcp.Engine.Contract;
using UserTcp.Engine.Recovery;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Recovery;

/// <summary>The scoreboard against a naive one with flags per byte (RFC 6675 section 3).</summary>
[Trait("RFC", "6675 section 3")]
public class ScoreboardTests
{
    private const int Space = 4000;

    [Theory, MemberData(nameof(Isn.Pairs), MemberType = typeof(Isn))]
    public void The_scoreboard_equals_a_naive_one_under_random_events(uint irs, uint iss)
    {
        for (var seed = 0; seed < 60; seed++)
            new Comparison(new SeqNum(unchecked(iss - (uint)(seed * 50))), unchecked((int)irs) ^ seed).Run();
    }

    [Fact, Trait("RFC", "2018 section 8")]
    public void Beyond_the_range_limit_only_SACK_information_is_lost()
    {
        var board = new Scoreboard();
        var start = new SeqNum(uint.MaxValue - 100);
        board.Begin(start);
        for (var i = 1; i <= Scoreboard.MaxRanges; i++)
            board.Append(new SentRange { End = start + (2 * i), Segments = 1 });
        var delivery = new Delivery(MonotonicTime.Zero);
        // At the limit no range can be split.
        board.Sack(start + 1, start + 2, ref delivery);
        Assert.Equal((0, 2 * Scoreboard.MaxRanges), (board.Sacked, board.Pipe));
        for (var i = 1; i < Scoreboard.MaxRanges; i += 2)
            board.Sack(start + (2 * i), start + (2 * i) + 2, ref delivery);
        board.MarkFirstLost(2);
        Assert.Equal(Scoreboard.MaxRanges, board.Sacked);
        board.Append(new SentRange { End = start + (2 * Scoreboard.MaxRanges) + 2, Segments = 1 });
        Assert.Equal((0, 2), (board.Sacked, board.Lost));
        Assert.Equal(2 * Scoreboard.MaxRanges, board.Pipe);
        Assert.InRange(board.Ranges.Length, 2, 4);
    }

    [Fact, Trait("RFC", "6298 section 3")]
    public void Ranges_merged_at_the_limit_give_no_RTT_sample()
    {
        var board = new Scoreboard();
        board.Begin(default);
        for (var i = 1; i <= Scoreboard.MaxRanges + 1; i++)
        {
            board.Append(
                new SentRange { End = new SeqNum((uint)(2 * i)), Segments = 1, SentAt = new MonotonicTime(i) });
        }

        var delivery = new Delivery(new MonotonicTime(1_000_000));
        board.Acknowledge(new SeqNum(2), ref delivery);
        Assert.Equal((2, 2, null), (delivery.Octets, delivery.Ambiguous, delivery.RoundTrip));
    }

    [Fact]
    public void Adjacent_lost_ranges_are_retransmitted_together()
    {
        var board = new Scoreboard();
        board.Begin(default);
        for (var i = 1; i <= 5; i++)
            board.Append(new SentRange { End = new SeqNum((uint)(100 * i)), Segments = 1 });
        board.MarkFirstLost(500);
        Assert.True(board.FindLost(250, out var from, out var end));
        Assert.Equal((0u, 300u), (from.Value, end.Value));
        board.MarkRetransmitted(from, new SentRange { End = new SeqNum(250) });
        Assert.True(board.FindLost(1, out from, out end));
        Assert.Equal((250u, 300u), (from.Value, end.Value));
        Assert.Equal(250, board.Pipe);
    }

    private sealed class Comparison(SeqNum start, int seed)
    {
        private readonly Random _random = new(seed);
        private readonly Scoreboard _board = new();
        private readonly RangeFlags[] _flags = new RangeFlags[Space];
        private int _una;
        private int _nxt;

        public void Run()
        {
            _board.Begin(start);
            while (_nxt < Space - 100)
            {
                Step(_random.Next(10));
                Compare();
            }
        }

        private void Step(int choice)
        {
            switch (choice)
            {
                case < 4:
                    Append();
                    break;
                case < 6:
                    Sack();
                    break;
                case 6:
                    Acknowledge();
                    break;
                case 7:
                    Lose();
                    break;
                case 8:
                    Retransmit();
                    Probe();
                    break;
                default:
                    RareEvent();
                    break;
            }
        }

        private void Append()
        {
            var bytes = _random.Next(1, 60);
            _board.Append(new SentRange { End = start + (_nxt + bytes), Segments = 1 });
            _nxt += bytes;
        }

        private void Sack()
        {
            if (_nxt == _una)
                return;
            var left = _random.Next(_una, _nxt);
            var right = _random.Next(left + 1, _nxt + 1);
            var expected = 0;
            for (var i = left; i < right; i++)
            {
                expected += Has(i, RangeFlags.Sacked) ? 0 : 1;
                _flags[i] = (_flags[i] & RangeFlags.Ambiguous) | RangeFlags.Sacked;
            }

            var delivery = new Delivery(MonotonicTime.Zero);
            Assert.Equal(expected, _board.Sack(start + left, start + right, ref delivery));
            Assert.Equal(expected, delivery.Octets);
        }

        private void Acknowledge()
        {
            var una = Math.Min(_nxt, _una + _random.Next(100));
            var expected = 0;
            for (var i = _una; i < una; i++)
                expected += Has(i, RangeFlags.Sacked) ? 0 : 1;
            var delivery = new Delivery(MonotonicTime.Zero);
            _board.Acknowledge(start + una, ref delivery);
            Assert.Equal((expected, start + una), (delivery.Octets, _board.Start));
            _una = una;
        }

        private void Lose()
        {
            var bytes = Math.Min(_random.Next(1, 200), _nxt - _una);
            if (bytes <= 0)
                return;
            for (var i = _una; i < _una + bytes; i++)
            {
                if (!Has(i, RangeFlags.Sacked))
                    _flags[i] = (_flags[i] & ~RangeFlags.Retransmitted) | RangeFlags.Lost;
            }

            _board.MarkFirstLost(bytes);
        }

        private void Retransmit()
        {
            var expected = Enumerable.Range(_una, _nxt - _una).Where(NeedsRetransmission).Select(i => start + i)
                .ToList();
            var found = _board.FindLost(_random.Next(1, 100), out var from, out var end);
            Assert.Equal(expected.Count > 0, found);
            if (!found)
                return;
            Assert.Equal(expected[0], from);
            var bytes = _random.Next(1, end - from + 1);
            for (var i = from - start; i < from - start + bytes; i++)
                _flags[i] |= RangeFlags.Retransmitted | RangeFlags.Ambiguous;
            _board.MarkRetransmitted(from, new SentRange { End = from + bytes });
        }

        /// <summary>A tail loss probe: retransmits the end of the flight, which is not lost.</summary>
        private void Probe()
        {
            var from = _nxt - _random.Next(0, 30);
            if (_random.Next(3) > 0 || from <= _una || from == _nxt
                || Enumerable.Range(from, _nxt - from).Any(i => Has(i, RangeFlags.Sacked)))
            {
                return;
            }

            for (var i = from; i < _nxt; i++)
                _flags[i] |= RangeFlags.Retransmitted | RangeFlags.Ambiguous;
            _board.MarkRetransmitted(start + from, new SentRange { End = start + _nxt });
        }

        private void RareEvent()
        {
            if (_random.Next(4) > 0)
                return;
            var forgets = _random.Next(2) == 0;
            for (var i = _una; i < _nxt; i++)
            {
                if (forgets)
                    _flags[i] &= ~RangeFlags.Sacked;
                else if ((_flags[i] & ~RangeFlags.Ambiguous) == RangeFlags.Lost)
                    _flags[i] &= ~RangeFlags.Lost;
            }

            if (forgets)
                _board.ForgetSacked();
            else
                _board.UnmarkLost();
        }

        private bool NeedsRetransmission(int index) => (_flags[index] & ~RangeFlags.Ambiguous) == RangeFlags.Lost;

        private bool Has(int index, RangeFlags flag) => (_flags[index] & flag) != 0;

        private void Compare()
        {
            var (sacked, lost, retransmitted) =
                (Count(RangeFlags.Sacked), Count(RangeFlags.Lost), Count(RangeFlags.Retransmitted));
            Assert.Equal((sacked, lost, retransmitted), (_board.Sacked, _board.Lost, _board.Retransmitted));
            Assert.Equal((start + _una, start + _nxt), (_board.Start, _board.End));
            Assert.Equal(_nxt - _una - sacked - lost + retransmitted, _board.Pipe);
            Assert.Equal(sacked > 0, _board.SackedSegments > 0);
            Assert.Equal(Enumerable.Range(_una, _nxt - _una).Any(NeedsRetransmission), _board.NeedsRetransmission);
            var at = start + _una;
            foreach (var range in _board.Ranges)
            {
                Assert.True(range.End > at);
                for (; at < range.End; at += 1)
                {
                    RangeFlags expected = _flags[at - start];
                    Assert.Equal(expected & ~RangeFlags.Ambiguous, range.Flags & ~RangeFlags.Ambiguous);
                    // A merged range is ambiguous if one of its parts is; for delivered data the flag does not matter.
                    Assert.True(
                        (expected & RangeFlags.Ambiguous) == 0 || range.Has(RangeFlags.Ambiguous | RangeFlags.Sacked));
                }
            }
        }

        private int Count(RangeFlags flag) => Enumerable.Range(_una, _nxt - _una).Count(i => Has(i, flag));
    }
}
