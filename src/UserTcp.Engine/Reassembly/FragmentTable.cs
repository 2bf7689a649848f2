using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Engine.Reassembly;

/// <summary>
/// The datagrams of which not all fragments have arrived, oldest first. Bounded in number, memory and time, so that
/// fragments that never become a datagram cost little (FragmentSmack, CVE-2018-5391). At a limit the oldest one is
/// given up: most datagrams that become complete do so at once.
/// </summary>
internal sealed class FragmentTable
{
    /// <summary>Max datagrams.</summary>
    public const int MaxDatagrams = 64;

    /// <summary>Max bytes of memory.</summary>
    public const int MaxMemory = 1024 * 1024;

    /// <summary>
    /// RFC 1122 section 3.3.2 and RFC 8200 section 4.5 say a minute. On today's paths all fragments arrive within a
    /// second, and the identification of IPv4 repeats soon (RFC 4963).
    /// </summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(15);

    private readonly List<PartialDatagram> _datagrams = new(MaxDatagrams);
    private readonly Stack<PartialDatagram> _spare = new();

    public int Count => _datagrams.Count;

    /// <summary>Bytes of memory held.</summary>
    public long Memory { get; private set; }

    /// <summary>When the oldest datagram is given up.</summary>
    public MonotonicTime NextDeadline => _datagrams.Count == 0 ? MonotonicTime.Never : _datagrams[0].Deadline;

    /// <summary>The datagram of a fragment, begun when there is none. A full table gives up its oldest one.</summary>
    /// <param name="key">The datagram's key.</param>
    /// <param name="now">The time.</param>
    /// <param name="lost">How many datagrams were given up.</param>
    public PartialDatagram FindOrBegin(in FragmentKey key, MonotonicTime now, out int lost)
    {
        lost = 0;
        foreach (var datagram in _datagrams)
        {
            if (datagram.Key == key)
                return datagram;
        }

        if (_datagrams.Count == MaxDatagrams)
        {
            lost = _datagrams[0].IsDead ? 0 : 1;
            Remove(_datagrams[0]);
        }

        var begun = _spare.TryPop(out var spare) ? spare : new PartialDatagram();
        begun.Begin(key, now + Lifetime);
        _datagrams.Add(begun);
        return begun;
    }

    /// <summary>Adds a fragment to a datagram of this table.</summary>
    /// <param name="datagram">The datagram.</param>
    /// <param name="pool">Where memory comes from.</param>
    /// <param name="packet">The fragment as it arrived.</param>
    /// <param name="fragment">Its place.</param>
    /// <param name="maxMemory">Max bytes of memory for all datagrams but this one.</param>
    /// <param name="lost">How many other datagrams were given up for its memory.</param>
    public FragmentResult Add(
        PartialDatagram datagram, BlockPool pool, scoped in IpPacket packet, in IpFragment fragment, long maxMemory,
        out int lost)
    {
        var before = datagram.Memory;
        var result = datagram.Add(pool, packet, fragment, packet.Payload);
        Memory += datagram.Memory - before;
        for (lost = 0; Memory > maxMemory && _datagrams[0] != datagram; lost++)
        {
            lost -= _datagrams[0].IsDead ? 1 : 0;
            Remove(_datagrams[0]);
        }

        return result;
    }

    /// <summary>
    /// Takes a complete datagram out of the table; the caller owns the block. Null when it is not valid.
    /// </summary>
    public Block? Take(PartialDatagram datagram)
    {
        Memory -= datagram.Memory;
        var whole = datagram.Take();
        Memory += datagram.Memory;
        Remove(datagram);
        return whole;
    }

    /// <summary>The oldest datagram, when it is to be given up by now; <see cref="Remove"/> follows.</summary>
    public PartialDatagram? FindDue(MonotonicTime now) => NextDeadline <= now ? _datagrams[0] : null;

    /// <summary>Gives up a datagram.</summary>
    public void Remove(PartialDatagram datagram)
    {
        Memory -= datagram.Memory;
        datagram.Release();
        _datagrams.Remove(datagram);
        _spare.Push(datagram);
    }

    /// <summary>Gives up all.</summary>
    public void Clear()
    {
        while (_datagrams.Count > 0)
            Remove(_datagrams[^1]);
    }
}
