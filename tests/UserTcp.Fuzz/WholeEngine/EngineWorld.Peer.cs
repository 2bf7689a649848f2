using System.Buffers.Binary;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Security;
using UserTcp.Engine.Tables;
using UserTcp.Fuzz.Running;
using UserTcp.Wire;

namespace UserTcp.Fuzz.WholeEngine;

/// <content>The peer: valid segments, and segments with fields replaced by corner cases of comparisons.</content>
internal sealed partial class EngineWorld
{
    private static readonly int[] Flags =
        [0x10, 0x10, 0x10, 0x18, 0x11, 0x02, 0x12, 0x04, 0x14, 0x00, 0x01, 0x03, 0x30, 0x50, 0x90, 0xFF, 0xC2];

    private readonly Draft _draft = new();

    /// <summary>A SYN to a listener or to a closed port.</summary>
    private void OpenFromPeer(ref Dice dice)
    {
        var port = dice.OneIn(8) ? 81 : 80;
        var tuple = new FourTuple(
            _setup.Ours, new Port((ushort)port), _setup.Peer, new Port((ushort)(1000 + dice.Below(6))));
        _draft.Begin(tuple, PeerIss(ref dice), 0, TcpFlags.Syn);
        _draft.Window = WindowField(ref dice);
        if (dice.OneIn(3))
            _draft.Flags |= TcpFlags.Ece | TcpFlags.Cwr;
        AddSynOptions(ref dice, tuple, new Target { TsNow = 0, TsRecent = (uint)dice.Next() });
        if (dice.OneIn(4))
            (_draft.PayloadLength, _draft.PayloadOffset) = (dice.Below(2000), 1);
        SendDraft();
    }

    /// <summary>A segment that the peer of a connection might send, with some fields changed.</summary>
    private void ActAsPeer(ref Dice dice, int mutations)
    {
        if (!TryChoose(ref dice, out var target))
        {
            OpenFromPeer(ref dice);
            return;
        }

        var repeats = target.State >= TcpState.Established && dice.OneIn(6) ? dice.Between(2, 5) : 1;
        for (var i = 0; i < repeats; i++)
        {
            if (target.Tcb is { } tcb)
            {
                if (!tcb.IsLive)
                    return;
                target = Target.Of(tcb, _now);
            }

            Compose(ref dice, target);
            for (var m = 0; m < mutations; m++)
                Mutate(ref dice, target);
            SendDraft();
            if (repeats > 1 && _blockedFor == 0)
                Turn();
        }
    }

    private void SendWild(ref Dice dice)
    {
        if (!TryChoose(ref dice, out var target))
        {
            target.Tuple = new FourTuple(
                _setup.Ours, new Port(80), _setup.Peer, new Port((ushort)(1000 + dice.Below(6))));
        }

        _draft.Begin(target.Tuple, Interesting(ref dice, target), Interesting(ref dice, target), (TcpFlags)dice.Next());
        AddUsualTimestamps(target);
        if (dice.OneIn(2))
            (_draft.PayloadLength, _draft.PayloadOffset) = (dice.Below(1500), OffsetOf(target, _draft.Seq));
        for (var i = dice.Below(4); i > 0; i--)
            Mutate(ref dice, target);
        SendDraft();
    }

    /// <summary>Picks a connection, also a half-open one or one in TIME-WAIT; false when there is none.</summary>
    private bool TryChoose(ref Dice dice, out Target target)
    {
        target = default;
        var live = Core.Connections.Count;
        var count = live + Core.HalfOpen.Count + Core.TimeWait.Count;
        if (count == 0)
            return false;
        var index = dice.Below(count);
        if (index < live)
        {
            target = Target.Of(Core.Connections.All().ElementAt(index), _now);
            return true;
        }

        target.Mss = 1460;
        if (index < live + Core.HalfOpen.Count)
        {
            var entry = Core.HalfOpen.Indices().Skip(index - live).First();
            ref readonly var half = ref Core.HalfOpen.At(entry);
            target.Tuple = Core.HalfOpen.TupleAt(entry);
            target.State = TcpState.SynReceived;
            (target.Iss, target.SndUna, target.SndNxt) = (half.Iss.Value, half.Iss.Value, half.Iss.Value + 1);
            target.SndEdge = target.SndNxt + half.Window;
            (target.Irs, target.RcvNxt, target.RcvEdge) =
                (half.Irs.Value, half.Irs.Value + 1, half.Irs.Value + 1 + ushort.MaxValue);
            target.UsesTimestamps = half.Flags.HasFlag(HalfOpenFlags.Stamps);
            target.TsRecent = half.TsRecent;
        }
        else
        {
            var entry = Core.TimeWait.Indices().Skip(index - live - Core.HalfOpen.Count).First();
            ref var wait = ref Core.TimeWait.At(entry);
            target.Tuple = Core.TimeWait.TupleAt(entry);
            target.State = TcpState.TimeWait;
            (target.SndUna, target.SndNxt, target.SndEdge) = (wait.SndNxt.Value, wait.SndNxt.Value, wait.SndNxt.Value);
            (target.RcvNxt, target.RcvEdge) = (wait.RcvNxt.Value, wait.RcvNxt.Value + wait.WindowField);
            target.UsesTimestamps = wait.TsRecent is not null;
            target.TsRecent = wait.TsRecent ?? 0;
        }

        var offset = TimestampClock.OffsetOf(_setup.Keys.Timestamps, target.Tuple);
        target.TsNow = target.TsSent = TimestampClock.At(_now, offset);
        return true;
    }

    /// <summary>Writes a valid next segment of the peer.</summary>
    private void Compose(ref Dice dice, in Target target)
    {
        switch (target.State)
        {
            case TcpState.SynSent:
                var answers = !dice.OneIn(4);
                _draft.Begin(
                    target.Tuple, PeerIss(ref dice), target.SndNxt,
                    answers ? TcpFlags.Syn | TcpFlags.Ack : TcpFlags.Syn);
                if (answers && target.SndNxt - target.Iss > 1 && dice.OneIn(2))
                    _draft.Ack = target.Iss + 1;
                _draft.Window = WindowField(ref dice);
                if (dice.OneIn(4))
                    _draft.Flags |= TcpFlags.Ece;
                AddSynOptions(ref dice, target.Tuple, target);
                break;
            case TcpState.TimeWait:
                _draft.Begin(target.Tuple, target.RcvNxt - 1, target.SndNxt, TcpFlags.Fin | TcpFlags.Ack);
                if (dice.OneIn(2))
                    _draft.Begin(target.Tuple, target.RcvNxt + 1 + (uint)dice.OfMagnitude(20), 0, TcpFlags.Syn);
                AddUsualTimestamps(target);
                break;
            default:
                ComposeSynchronized(ref dice, target);
                break;
        }
    }

    private void ComposeSynchronized(ref Dice dice, in Target target)
    {
        _draft.Begin(target.Tuple, target.RcvNxt, target.SndNxt, TcpFlags.Ack);
        if (dice.OneIn(3))
            _draft.Window = WindowField(ref dice);
        AddUsualTimestamps(target);
        var flight = target.SndNxt - target.SndUna;
        switch (dice.Below(12))
        {
            case 0 or 1:
                break;
            case 2 when flight > 1:
                _draft.Ack = target.SndUna + (uint)dice.Below((int)Math.Min(flight, int.MaxValue));
                break;
            case 3 or 4 when flight > 1:
                // A duplicate ACK with SACK blocks over data in flight, at segment boundaries.
                _draft.Ack = target.SndUna;
                _draft.Window = (ushort)Math.Min(
                    (target.SndEdge - target.SndUna) >> (target.Tcb?.Active.Snd.Scale.Shift ?? 0), ushort.MaxValue);
                AddFlightBlocks(ref dice, target, flight);
                break;
            case 5:
                _draft.Flags |= TcpFlags.Fin;
                (_draft.PayloadLength, _draft.PayloadOffset) =
                    (dice.OneIn(2) ? dice.Below(1000) : 0, OffsetOf(target, _draft.Seq));
                break;
            case 6:
                // Data after a gap.
                _draft.Seq += (uint)(dice.Between(1, 8) * dice.Of<int>([1, 100, 1000, target.Mss]));
                (_draft.PayloadLength, _draft.PayloadOffset) = (dice.Between(1, 1500), OffsetOf(target, _draft.Seq));
                break;
            case 7 when target.Tcb is { } tcb && tcb.Active.DataReceived > 0:
                // Old data, with or without new data after it.
                var back = 1 + (uint)dice.Below((int)Math.Min(tcb.Active.DataReceived, 3000));
                _draft.Seq -= back;
                (_draft.PayloadLength, _draft.PayloadOffset) =
                    ((int)back + dice.Between(-(int)back, 200), OffsetOf(target, _draft.Seq));
                break;
            case 8:
                _draft.Ack = target.SndUna + (dice.OneIn(2) ? 0 : flight);
                _draft.Window = WindowField(ref dice);
                break;
            default:
                _draft.Flags |= TcpFlags.Psh;
                (_draft.PayloadLength, _draft.PayloadOffset) =
                    (dice.OneIn(3) ? dice.Between(1, 64) : dice.Between(1, 1460), OffsetOf(target, _draft.Seq));
                if (_setup.Link.SegmentationOffload && dice.OneIn(3))
                    _draft.PayloadLength = dice.Between(1, 65_000);
                break;
        }

        if (dice.OneIn(12))
            _draft.Flags |= dice.Of<TcpFlags>([TcpFlags.Ece, TcpFlags.Cwr, TcpFlags.Urg]);
        if (dice.OneIn(12))
            _draft.TrafficClass = (byte)dice.Below(4);
    }

    private void AddFlightBlocks(ref Dice dice, in Target target, uint flight)
    {
        Span<(uint Left, uint Right)> blocks = stackalloc (uint, uint)[dice.Between(1, 4)];
        var unit = dice.OneIn(4) ? 1u : (uint)target.Mss;
        foreach (ref var block in blocks)
        {
            var left = Math.Min((uint)dice.Below((int)Math.Min(flight, 1 << 20)) / unit * unit, flight - 1);
            var right = Math.Min(left + (unit * (uint)dice.Between(1, 4)), flight);
            block = (target.SndUna + left, target.SndUna + right);
        }

        // D-SACK: below SEG.ACK, or within the second block.
        if (dice.OneIn(5))
            blocks[0] = (target.SndUna - (uint)dice.Between(1, 3000), target.SndUna - (uint)dice.Below(2));
        _draft.AddSack(blocks);
    }

    private void AddUsualTimestamps(in Target target)
    {
        if (target.UsesTimestamps)
            _draft.AddTimestamps(target.TsRecent + 1, target.TsSent);
    }

    private void AddSynOptions(ref Dice dice, in FourTuple tuple, in Target target)
    {
        if (!dice.OneIn(5))
        {
            _draft.AddMss(
                dice.Below(4) switch { 0 => (ushort)dice.Next(), 1 => (ushort)dice.OfMagnitude(16), _ => 1460 });
        }

        if (!dice.OneIn(3))
            _draft.AddWindowScale(dice.OneIn(4) ? (byte)dice.Next() : (byte)dice.Below(15));
        if (!dice.OneIn(4))
            _draft.AddSackPermitted();
        if (!dice.OneIn(3))
        {
            _draft.AddTimestamps(
                dice.Below(3) switch { 0 => uint.MaxValue, 1 => (uint)dice.Next(), _ => 1000 }, target.TsNow);
        }

        if (!dice.OneIn(3))
            return;
        // Fast Open: the valid cookie, a request, or random octets.
        Span<byte> option = stackalloc byte[18];
        var length = dice.Of<int>([8, 8, 8, 0, 4, 16, 7]);
        (option[0], option[1]) = (34, (byte)(2 + length));
        BinaryPrimitives.WriteUInt64BigEndian(option[2..], dice.Next());
        if (length == 8 && dice.OneIn(2))
            WriteCookie(Core.FastOpen.CookieOf(tuple), option[2..]);
        _draft.TryAddOption(option[..(2 + length)]);
    }

    /// <summary>The cookie as the option writer encodes it.</summary>
    private static void WriteCookie(FastOpenCookie cookie, Span<byte> destination)
    {
        Span<byte> header = stackalloc byte[TcpHeader.MaxLength];
        new TcpHeader(default, default, default, default, TcpFlags.Syn, 0)
            .Write(header, new TcpOptions { FastOpen = cookie });
        header.Slice(TcpHeader.MinLength + 2, 8).CopyTo(destination);
    }

    private void Mutate(ref Dice dice, in Target target)
    {
        switch (dice.Below(14))
        {
            case 0: _draft.Seq = Interesting(ref dice, target); break;
            case 1: _draft.Ack = Interesting(ref dice, target); break;
            case 2: _draft.Flags = (TcpFlags)dice.Of<int>(Flags); break;
            case 3: _draft.Flags ^= (TcpFlags)(1 << dice.Below(8)); break;
            case 4: _draft.Window = WindowField(ref dice); break;
            case 5:
                _draft.Flags |= TcpFlags.Urg;
                _draft.Urgent = dice.Of<ushort>([0, 1, 2, 100, 0x7FFF, 0xFFFF]);
                break;
            case 6: AddAnyBlocks(ref dice, target); break;
            case 7:
                _draft.AddTimestamps(AnyTimestamp(ref dice, target.TsRecent), AnyTimestamp(ref dice, target.TsNow));
                break;
            case 8: AddMalformedOption(ref dice); break;
            case 9: _draft.PayloadLength = dice.OneIn(2) ? dice.Below(70_000) : dice.Below(3); break;
            case 10: _draft.DataOffset = dice.Below(16); break;
            case 11: _draft.Cut = dice.Below(60); break;
            case 12: _draft.HasBadChecksum = dice.OneIn(2); break;
            default: _draft.TrafficClass = (byte)dice.Next(); break;
        }

        _draft.PayloadOffset = OffsetOf(target, _draft.Seq);
        // Another data offset moves the payload: its bytes no longer match the pattern.
        if (_draft.DataOffset is not null || ((_draft.Flags & TcpFlags.Syn) != 0 && _draft.PayloadLength > 0))
            _isTrusted = false;
    }

    private void AddAnyBlocks(ref Dice dice, in Target target)
    {
        Span<(uint Left, uint Right)> blocks = stackalloc (uint, uint)[dice.Between(1, 4)];
        foreach (ref var block in blocks)
        {
            block.Left = Interesting(ref dice, target);
            block.Right = dice.Below(3) switch
            {
                0 => Interesting(ref dice, target),
                // At half the sequence space modular order is not transitive.
                1 => block.Left + (uint)dice.Next() / 2,
                _ => block.Left + (uint)dice.OfMagnitude(32),
            };
        }

        _draft.AddSack(blocks);
    }

    private void AddMalformedOption(ref Dice dice)
    {
        Span<byte> bytes = stackalloc byte[dice.Between(1, 12)];
        foreach (ref var value in bytes)
            value = dice.OneIn(2) ? (byte)dice.Below(36) : (byte)dice.Next();
        _draft.TryAddOption(bytes);
    }

    /// <summary>
    /// A number next to one that the connection compares with, half of the sequence space away, or random.
    /// </summary>
    private static uint Interesting(ref Dice dice, in Target target)
    {
        var at = dice.Below(9) switch
        {
            0 or 1 => target.SndUna,
            2 or 3 => target.SndNxt,
            4 => target.SndEdge,
            5 => target.RcvNxt,
            6 => target.RcvEdge,
            7 => target.Irs,
            _ => target.Iss,
        };
        return dice.Below(8) switch
        {
            0 => at,
            1 => at + 1,
            2 => at - 1,
            3 => at + (uint)(dice.Between(-4, 4) * target.Mss),
            4 => at + 0x8000_0000 + (uint)dice.Between(-2, 2),
            5 => at + (uint)dice.OfMagnitude(32),
            6 => at - (uint)dice.OfMagnitude(32),
            _ => (uint)dice.Next(),
        };
    }

    private static uint AnyTimestamp(ref Dice dice, uint near) => dice.Below(5) switch
    {
        0 => near,
        1 => near + (uint)dice.Between(-2, 2),
        2 => near + 0x8000_0000 + (uint)dice.Between(-1, 1),
        3 => near - (uint)dice.OfMagnitude(32),
        _ => near + (uint)dice.OfMagnitude(32),
    };

    private static ushort WindowField(ref Dice dice) => dice.Below(4) switch
    {
        0 => 0,
        1 => (ushort)dice.OfMagnitude(16),
        2 => (ushort)dice.Of<int>([1, 2, 10, 100, 1000, 0x7FFF, 0x8000]),
        _ => ushort.MaxValue,
    };

    private static uint PeerIss(ref Dice dice) => dice.Below(3) switch
    {
        0 => 0xFFFF_FFF0 + (uint)dice.Below(32),
        1 => 0x8000_0000 - (uint)dice.Below(4000),
        _ => (uint)dice.Next(),
    };

    private static uint OffsetOf(in Target target, uint seq) => seq - target.Irs;

    private void SendDraft()
    {
        if ((_draft.Flags & TcpFlags.Syn) != 0 && _draft.PayloadLength > 0)
            _draft.PayloadOffset = 1;
        Deliver(_draft.Write(_frame, _setup.Link.MaxFrame));
    }
}
