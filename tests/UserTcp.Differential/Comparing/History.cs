using UserTcp.Differential.Scripts;
using UserTcp.Differential.Stacks;
using UserTcp.Wire;

namespace UserTcp.Differential.Comparing;

/// <summary>The history of a script that rules need.</summary>
internal sealed class History
{
    private uint _peerWindow;
    private int _newest;

    /// <summary>A segment has shrunk the peer's window, but not to zero.</summary>
    public bool IsWindowShrunk { get; private set; }

    /// <summary>The max window that the peer has offered outside its SYN.</summary>
    public uint LargestWindow { get; private set; }

    /// <summary>A segment had an ACK below SND.UNA.</summary>
    public bool HasOldAck { get; private set; }

    /// <summary>A segment with a higher sequence number arrived before, and may have set the window.</summary>
    public bool IsOlder(Place place) => Math.Max(place.FromIrs, place.FromIrs - place.Seq) < _newest;

    public void Note(Situation before, Step step, Place? place)
    {
        IsWindowShrunk |= before.PeerWindow > 0 && before.PeerWindow < _peerWindow;
        _peerWindow = before.PeerWindow;
        LargestWindow = before.State.StartsWith("SYN", StringComparison.Ordinal)
            ? 0
            : Math.Max(LargestWindow, before.PeerWindow);
        if (place is null || step is not InjectStep inject)
            return;
        HasOldAck |= inject.Flags.HasFlag(TcpFlags.Ack) && place.Ack < -before.Flight;
        if (before.Received == 0)
            _newest = 0;
        var hasAck = (inject.Flags & (TcpFlags.Ack | TcpFlags.Rst | TcpFlags.Syn)) == TcpFlags.Ack;
        if (hasAck && place.Seq >= 0 && place.Seq <= before.Window && place.Ack <= 0 && place.Ack >= -before.Flight)
            _newest = Math.Max(_newest, place.FromIrs);
    }
}
