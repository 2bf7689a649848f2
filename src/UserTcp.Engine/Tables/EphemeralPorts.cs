using System.Buffers.Binary;
using UserTcp.Engine.Security;
using UserTcp.Wire;

namespace UserTcp.Engine.Tables;

/// <summary>
/// Chooses ephemeral ports with the double-hash algorithm (RFC 6056 section 3.3.4, algorithm 4). Ports towards one peer
/// increase, so that a port is reused late; they do not reveal the ports of other peers.
/// </summary>
internal sealed class EphemeralPorts(SipKey key, int first, int last)
{
    private const int CounterCount = 16;

    private readonly uint[] _counters = new uint[CounterCount];
    private ulong _draws;

    private int Range => last - first + 1;

    /// <summary>The next port for which <paramref name="isFree"/> is true; null when there is none.</summary>
    public Port? Choose<TState>(
        IpAddress local, IpAddress remote, Port remotePort, TState state, Func<TState, Port, bool> isFree)
    {
        var hash = HashOf(local, remote, remotePort);
        ref var counter = ref _counters[(hash >> 32) % CounterCount];
        for (var attempt = 0; attempt < Range; attempt++)
        {
            var port = new Port((ushort)(first + (unchecked((uint)hash + counter++) % (uint)Range)));
            if (isFree(state, port))
                return port;
        }

        return null;
    }

    /// <summary>
    /// A random port for which <paramref name="isFree"/> is true (RFC 6056 section 3.3.1, algorithm 1); null when there
    /// is none. For an endpoint without a peer, whose port an attacker must not predict (RFC 5452 section 9.2).
    /// </summary>
    public Port? ChooseRandom<TState>(TState state, Func<TState, Port, bool> isFree)
    {
        var start = SipHash24.Hash(key, _draws++, 0, 0) % (uint)Range;
        for (var step = 0u; step < (uint)Range; step++)
        {
            var port = new Port((ushort)(first + (int)((start + step) % (uint)Range)));
            if (isFree(state, port))
                return port;
        }

        return null;
    }

    private ulong HashOf(IpAddress local, IpAddress remote, Port remotePort)
    {
        Span<byte> data = stackalloc byte[16 + 16 + 2];
        var length = local.Write(data);
        length += remote.Write(data[length..]);
        BinaryPrimitives.WriteUInt16BigEndian(data[length..], remotePort.Value);
        return SipHash24.Hash(key, data[..(length + 2)]);
    }
}
