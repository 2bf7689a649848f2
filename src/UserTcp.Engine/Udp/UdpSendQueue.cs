using UserTcp.Engine.Buffers;
using UserTcp.Wire;

namespace UserTcp.Engine.Udp;

/// <summary>Datagrams that wait to be emitted, those of all endpoints in the order of their sends.</summary>
internal sealed class UdpSendQueue
{
    /// <summary>Max datagrams of one endpoint; each has a block.</summary>
    private const int MaxOfEndpoint = 64;

    private readonly Queue<Entry> _entries = new();

    public int Count => _entries.Count;

    /// <summary>Queues a datagram, and owns its block. False when the endpoint has too many here.</summary>
    public bool TryAdd(UdpEndpoint endpoint, in FourTuple tuple, Block data)
    {
        if (endpoint.QueuedSends >= MaxOfEndpoint)
        {
            endpoint.WaitsForRoom = true;
            return false;
        }

        endpoint.QueuedSends++;
        _entries.Enqueue(new Entry(endpoint, tuple, data));
        return true;
    }

    /// <summary>Dequeues the oldest datagram. False when there is none.</summary>
    /// <param name="entry">The datagram.</param>
    /// <param name="hasRoom">True when its endpoint waits for room, and has it now.</param>
    public bool TryDequeue(out Entry entry, out bool hasRoom)
    {
        hasRoom = false;
        if (!_entries.TryDequeue(out entry))
            return false;
        var endpoint = entry.Endpoint;
        endpoint.QueuedSends--;
        // Half of it, so that an event stands for several sends.
        if (endpoint.WaitsForRoom && endpoint.QueuedSends <= MaxOfEndpoint / 2)
        {
            endpoint.WaitsForRoom = false;
            hasRoom = true;
        }

        return true;
    }

    /// <summary>A datagram: its endpoint, both ends, and the block of its data.</summary>
    internal readonly record struct Entry(UdpEndpoint Endpoint, FourTuple Tuple, Block Data);
}
