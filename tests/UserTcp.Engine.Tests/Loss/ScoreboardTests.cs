using UserTcp.Engine.Contract;
using UserTcp.Engine.Recovery;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Loss;

/// <summary>The scoreboard beside one that keeps a byte of marks for each octet (RFC 6675 section 3).</summary>
[Trait("RFC", "6675 section 3")]
public class ScoreboardTests
{
    private const int Space = 4000;

    [Theory, MemberData(nameof(Isn.NearWraps), MemberType = typeof(Isn))]
    public void It_agrees_with_a_naive_one_whatever_happens(uint irs, uint iss)
    {
        for (var seed = 0; seed < 60; seed++)
            new Comparison(new SeqNum(unchecked(iss - (uint)(seed * 50))), unchecked((int)irs) ^ seed).Run();
    }

    [Fact, Trait("RFC", "2018 section 8")]
    public void With_too_many_ranges_it_forgets_what_sack_told_and_nothing_else()
    {
        var board = new Scoreboard();
        var start = new SeqNum(uint.MaxValue - 100);
        board.Begin(start);
        for (var i = 1; i <= Scoreboard.MaxRanges; i++)
            board.Append(new SentRange { End = start + (2 * i), Segments = 1 });
        var delivery = new Delivery(MonotonicTime.Zero);
        // There is no room to split any.
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
    public void Of_ranges_that_were_joined_for_want_of_room_nothing_is_timed()
    {
        var board = new Scoreboard();
        board.Begin(default);
        for (var i = 1; i <= Scoreboard.MaxRanges + 1; i++)
            board.Append(new SentRange { End = new SeqNum((uint)(2 * i)), Segments = 1, SentAt = new MonotonicTime(i) });
        var delivery = new Delivery(new MonotonicTime(1_000_000));
        board.Acknowledge(new SeqNum(2), ref delivery);
        Assert.Equal((2, 2, null), (delivery.Octets, delivery.Ambiguous, delivery.RoundTrip));
    }

    [Fact]
    public void What_is_missing_next_to_each_other_goes_out_together()
    {
        var board = new Scoreboard();
        board.Begin(default);
        for (var i = 1; i <= 5; i++)
            board.Append(new SentRange { End = new SeqNum((uint)(100 * i)), Segments = 1 });
        board.MarkFirstLost(500);
        Assert.True(board.TryFindLost(250, out var from, out var end));
        Assert.Equal((0u, 300u), (from.Value, end.Value));
        board.MarkRetransmitted(from, new SentRange { End = new SeqNum(250) });
        Assert.True(board.TryFindLost(1, out from, out end));
        Assert.Equal((250u, 300u), (from.Value, end.Value));
        Assert.Equal(250, board.Pipe);
    }

    private sealed class Comparison(SeqNum start, int seed)
    {
        private readonly Random _random = new(seed);
        private readonly Scoreboard _board = new();
        private readonly RangeFlags[] _marks = new RangeFlags[Space];
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
                    Rarely();
                    break;
            }
        }

        private void Append()
        {
            var octets = _random.Next(1, 60);
            _board.Append(new SentRange { End = start + (_nxt + octets), Segments = 1 });
            _nxt += octets;
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
                _marks[i] = (_marks[i] & RangeFlags.Ambiguous) | RangeFlags.Sacked;
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
            var octets = Math.Min(_random.Next(1, 200), _nxt - _una);
            if (octets <= 0)
                return;
            for (var i = _una; i < _una + octets; i++)
            {
                if (!Has(i, RangeFlags.Sacked))
                    _marks[i] = (_marks[i] & ~RangeFlags.Retransmitted) | RangeFlags.Lost;
            }

            _board.MarkFirstLost(octets);
        }

        private void Retransmit()
        {
            var expected = Enumerable.Range(_una, _nxt - _una).Where(NeedsRetransmission).Select(i => start + i).ToList();
            var found = _board.TryFindLost(_random.Next(1, 100), out var from, out var end);
            Assert.Equal(expected.Count > 0, found);
            if (!found)
                return;
            Assert.Equal(expected[0], from);
            var octets = _random.Next(1, end - from + 1);
            for (var i = from - start; i < from - start + octets; i++)
                _marks[i] |= RangeFlags.Retransmitted | RangeFlags.Ambiguous;
            _board.MarkRetransmitted(from, new SentRange { End = from + octets });
        }

        /// <summary>The end of what is outstanding goes out again though nothing of it is lost.</summary>
        private void Probe()
        {
            var from = _nxt - _random.Next(0, 30);
            if (_random.Next(3) > 0 || from <= _una || from == _nxt || Enumerable.Range(from, _nxt - from).Any(i => Has(i, RangeFlags.Sacked)))
                return;
            for (var i = from; i < _nxt; i++)
                _marks[i] |= RangeFlags.Retransmitted | RangeFlags.Ambiguous;
            _board.MarkRetransmitted(start + from, new SentRange { End = start + _nxt });
        }

        private void Rarely()
        {
            if (_random.Next(4) > 0)
                return;
            var forgets = _random.Next(2) == 0;
            for (var i = _una; i < _nxt; i++)
            {
                if (forgets)
                    _marks[i] &= ~RangeFlags.Sacked;
                else if ((_marks[i] & ~RangeFlags.Ambiguous) == RangeFlags.Lost)
                    _marks[i] &= ~RangeFlags.Lost;
            }

            if (forgets)
                _board.ForgetSacked();
            else
                _board.UnmarkLost();
        }

        private bool NeedsRetransmission(int index) => (_marks[index] & ~RangeFlags.Ambiguous) == RangeFlags.Lost;

        private bool Has(int index, RangeFlags mark) => (_marks[index] & mark) != 0;

        private void Compare()
        {
            var (sacked, lost, retransmitted) = (Count(RangeFlags.Sacked), Count(RangeFlags.Lost), Count(RangeFlags.Retransmitted));
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
                    RangeFlags expected = _marks[at - start];
                    Assert.Equal(expected & ~RangeFlags.Ambiguous, range.Flags & ~RangeFlags.Ambiguous);
                    // Ranges that are joined are as ambiguous as the most ambiguous of them; of what has arrived it does not matter.
                    Assert.True((expected & RangeFlags.Ambiguous) == 0 || range.Has(RangeFlags.Ambiguous | RangeFlags.Sacked));
                }
            }
        }

        private int Count(RangeFlags mark) => Enumerable.Range(_una, _nxt - _una).Count(i => Has(i, mark));
    }
}
