namespace UserTcp.Impairment;

/// <summary>The packets of one flow in one direction. Safe for any thread.</summary>
/// <param name="key">What random decisions hash beside the seed and the packet's number.</param>
internal sealed class LinkFlow(ulong key)
{
    private readonly Lock _gate = new();
    private long _packets;
    private long _burstEnd;

    /// <summary>What random decisions hash beside the seed and the packet's number.</summary>
    public ulong Key => key;

    /// <summary>Counts a packet and returns its number, from 0.</summary>
    public long Count() => Interlocked.Increment(ref _packets) - 1;

    /// <summary>
    /// True when a packet is in a burst of losses; <paramref name="length"/> is that of the burst which starts with it,
    /// 0 for none.
    /// </summary>
    public bool AdvanceBurst(long packet, long length)
    {
        lock (_gate)
        {
            if (length > 0)
                _burstEnd = Math.Max(_burstEnd, packet + length);
            return packet < _burstEnd;
        }
    }
}

/// <summary>Which packet a decision is about.</summary>
/// <param name="Flow">The flow.</param>
/// <param name="Number">The packet's number in the flow, from 0.</param>
/// <param name="OnLink">The packet's number on the link, from 0.</param>
/// <param name="Strikes">What triggers do to it.</param>
internal readonly record struct PacketIdentity(
    LinkFlow Flow, long Number, long OnLink, PacketStrikes Strikes = default);
