using UserTcp.Engine.Contract;
using UserTcp.Fuzz.Running;
using UserTcp.Wire;

namespace UserTcp.Fuzz.WholeEngine;

/// <content>A step: its low byte chooses the action, the rest its arguments, relative to the engine's state.</content>
internal sealed partial class EngineWorld
{
    private const int MaxWritten = 1 << 17;

    // Small segments would be many and slow.
    private const int MaxSegments = 150;

    private void Step(ulong step)
    {
        var dice = new Dice(step >> 8);
        switch ((byte)step)
        {
            case < 20: OpenFromPeer(ref dice); break;
            case < 90: ActAsPeer(ref dice, mutations: 0); break;
            case < 130: ActAsPeer(ref dice, mutations: 1 + dice.Below(3)); break;
            case < 146: SendWild(ref dice); break;
            case < 154: FlipBits(ref dice); break;
            case < 160: SendIcmp(ref dice); break;
            case < 162: SendFragments(ref dice); break;
            case < 184: PassTime(ref dice); break;
            case < 206: UserSends(ref dice); break;
            case < 214: UserReads(ref dice); break;
            case < 240: UserCalls(ref dice); break;
            case < 244: Trouble(ref dice); break;
            case < 251: OpenFromUser(ref dice); break;
            default: ActOnDatagrams(ref dice); break;
        }
    }

    private void PassTime(ref Dice dice)
    {
        var next = Engine.NextDeadline;
        switch (dice.Below(6))
        {
            case 0 or 1 when next != MonotonicTime.Never:
                _now = next > _now ? next : _now;
                break;
            case 2 when next != MonotonicTime.Never:
                var early = next - TimeSpan.FromTicks(dice.Between(-2, 2));
                _now = early > _now ? early : _now;
                break;
            case 3:
                _now += TimeSpan.FromMicroseconds(dice.Below(200_000));
                break;
            default:
                // From a tick to about 80 days.
                _now += TimeSpan.FromTicks((long)dice.OfMagnitude(dice.OneIn(8) ? 46 : 31));
                break;
        }

        Engine.OnTimer(_now);
    }

    private Handle? AnyHandle(ref Dice dice) => _handles.Count == 0 ? null : _handles[dice.Below(_handles.Count)];

    private void UserSends(ref Dice dice)
    {
        if (AnyHandle(ref dice) is not { } handle || handle.IsShut
            || handle.Written > Math.Min(MaxWritten, MaxSegments * Math.Max(handle.Tcb.Active.Snd.Mss, 1)))
        {
            return;
        }

        var bytes = dice.Below(3) switch
        {
            0 => 1 + dice.Below(100),
            1 => Math.Max(handle.Tcb.Active.Snd.Mss, 1) * dice.Between(1, 12),
            _ => 1 + (int)dice.OfMagnitude(17),
        };
        Send(handle, bytes);
        if (dice.OneIn(16))
            Engine.SetUrgent(handle.Tcb, _now);
    }

    private void UserReads(ref Dice dice)
    {
        if (AnyHandle(ref dice) is not { } handle)
            return;
        Read(handle, consumes: dice.OneIn(2));
        if (handle.Unconsumed == 0 || !dice.OneIn(2))
            return;
        var some = 1 + dice.Below(handle.Unconsumed);
        Engine.Consumed(handle.Tcb, some, _now);
        handle.Unconsumed -= some;
    }

    private void UserCalls(ref Dice dice)
    {
        switch (dice.Below(12))
        {
            case 0 when _listeners.Count > 0 && dice.OneIn(3):
                var listener = _listeners[dice.Below(_listeners.Count)];
                Engine.CloseListener(listener, _now);
                _listeners.Remove(listener);
                break;
            case 1:
                Listen(new Port((ushort)(80 + dice.Below(2))), WorldSetup.DrawConnectionOptions(ref dice));
                break;
            case 2 or 3 when _listeners.Count > 0:
                Accept(_listeners[dice.Below(_listeners.Count)]);
                break;
            case 4:
                Engine.GetSnapshots(_now);
                break;
            default:
                if (AnyHandle(ref dice) is { } handle)
                    CallConnection(handle, ref dice);
                break;
        }
    }

    private void CallConnection(Handle handle, ref Dice dice)
    {
        switch (dice.Below(8))
        {
            case 0 or 1:
                Engine.Shutdown(handle.Tcb, _now);
                handle.IsShut = true;
                break;
            case 2 or 3:
                Engine.Close(handle.Tcb, _now);
                _handles.Remove(handle);
                break;
            case 4 when dice.OneIn(2):
                Engine.Abort(handle.Tcb, _now);
                break;
            case 5:
                Engine.SetOptions(handle.Tcb, WorldSetup.DrawConnectionOptions(ref dice), _now);
                break;
            case 6:
                Engine.SetUrgent(handle.Tcb, _now);
                break;
            default:
                Engine.GetSnapshot(handle.Tcb);
                Engine.GetSendBufferSize(handle.Tcb);
                Engine.GetReceiveBufferSize(handle.Tcb);
                break;
        }
    }

    /// <summary>The link refuses frames for some steps, or the pool refuses blocks.</summary>
    private void Trouble(ref Dice dice)
    {
        if (dice.OneIn(2) || !_setup.FailsAllocations)
            (_blockedFor, _checks.HasWaited) = (dice.Between(1, 8), true);
        else
            _pool.Refusals = dice.Between(1, 3);
    }

    private void OpenFromUser(ref Dice dice)
    {
        if (_handles.Count >= MaxHandles)
            return;
        var local = new Port(dice.OneIn(2) ? (ushort)0 : (ushort)(40_000 + dice.Below(3)));
        var remote = new Port((ushort)(7 + dice.Below(2)));
        var options = dice.OneIn(2) ? _setup.ConnectionOptions : WorldSetup.DrawConnectionOptions(ref dice);
        if (Engine.Open(null, local, _setup.Peer, remote, options, _now, out var tcb) != EngineError.None)
            return;
        var handle = new Handle(tcb!);
        _handles.Add(handle);
        RenumberNew();
        if (dice.OneIn(2))
            Send(handle, dice.Between(1, 3000));
        if (options.FastOpen)
            Engine.GetFastOpenRoom(_setup.Peer, _now);
    }
}
