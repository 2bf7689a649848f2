using UserTcp.Fuzz.Running;
using UserTcp.Wire;

namespace UserTcp.Fuzz.WholeEngine;

/// <content>The last frame again, in fragments: in any order, some twice, displaced, or missing.</content>
internal sealed partial class EngineWorld
{
    private const int MaxFragments = 200;
    private const int Unit = 8;

    private uint _fragmentId;

    private void SendFragments(ref Dice dice)
    {
        if (!IpPacket.TryParse(_frame.AsSpan(0, _frameLength), verifyChecksum: false, out var packet, out _)
            || packet.Payload.IsEmpty)
        {
            return;
        }

        var (source, destination, payload) = (packet.Source, packet.Destination, packet.Payload.ToArray());
        var (protocol, trafficClass) = (packet.Protocol, packet.TrafficClass);
        var max = (_setup.Link.MaxFrame - IpHeader.FragmentLengthFor(source)) / Unit * Unit;
        var size = Math.Clamp(
            Unit * (1 + dice.Below(200)), Math.Min((payload.Length / MaxFragments / Unit * Unit) + Unit, max), max);
        var offsets = Shuffled(payload.Length, size, ref dice);
        // The same number again may mix two datagrams, whose sum may be right.
        if (dice.OneIn(16))
            _isTrusted = false;
        else
            _fragmentId++;
        foreach (var offset in offsets)
        {
            var length = Math.Min(size, payload.Length - offset);
            var (at, hasMore) = (offset, offset + length < payload.Length);
            if (dice.OneIn(64))
            {
                // The sum of a datagram does not know the order of its parts.
                _isTrusted = false;
                at = Math.Clamp(at + (Unit * dice.Between(-2, 2)), 0, IpFragment.MaxOffset);
                hasMore ^= dice.OneIn(4);
            }

            var fragment = new IpFragment(_fragmentId, at, hasMore, 0, 0, protocol);
            for (var times = dice.OneIn(64) ? 0 : dice.OneIn(16) ? 2 : 1; times > 0; times--)
            {
                var headers = IpHeader.WriteFragment(_frame, source, destination, fragment, length, 64, trafficClass);
                payload.AsSpan(offset, length).CopyTo(_frame.AsSpan(headers));
                Deliver(headers + length);
            }
        }
    }

    private static int[] Shuffled(int total, int size, ref Dice dice)
    {
        var offsets = new int[(total + size - 1) / size];
        for (var i = 0; i < offsets.Length; i++)
            offsets[i] = i * size;
        for (var i = dice.OneIn(2) ? offsets.Length - 1 : 0; i > 0; i--)
        {
            var other = dice.Below(i + 1);
            (offsets[i], offsets[other]) = (offsets[other], offsets[i]);
        }

        return offsets;
    }
}
