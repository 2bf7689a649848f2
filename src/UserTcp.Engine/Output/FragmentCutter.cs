using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Security;
using UserTcp.Engine.State;
using UserTcp.Wire;

namespace UserTcp.Engine.Output;

/// <summary>
/// Cuts one packet into fragments (RFC 791 section 3.2, RFC 8200 section 4.5), one frame each: an ICMP message or a
/// datagram. TCP never needs it, since its segments fit the path.
/// </summary>
internal sealed class FragmentCutter(EngineState engine)
{
    private const int IdentificationCount = 1024;
    private const int Unit = 8;

    // RFC 7739 section 5.3: the identification counts for each pair of addresses, from a start that only we know.
    private readonly uint[] _identifications = new uint[IdentificationCount];

    private readonly byte[] _start = new byte[UdpHeader.Length];

    private FourTuple _tuple;
    private Block? _message;
    private IpProtocol _protocol;
    private uint _identification;
    private int _startLength;
    private int _room;
    private int _sent;

    /// <summary>The packet has fragments that are not sent.</summary>
    public bool IsBusy => _message is not null;

    /// <summary>
    /// Begins with what follows the IP header; its block is this object's until <see cref="Next"/> returns it.
    /// </summary>
    /// <param name="tuple">Both addresses.</param>
    /// <param name="protocol">The protocol.</param>
    /// <param name="start">The header of a datagram in front of the message; empty without one.</param>
    /// <param name="message">The message.</param>
    /// <param name="mtu">The MTU of the path in bytes.</param>
    public void Begin(in FourTuple tuple, IpProtocol protocol, ReadOnlySpan<byte> start, Block message, int mtu)
    {
        start.CopyTo(_start);
        _startLength = start.Length;
        var pair = new FourTuple(tuple.LocalAddress, default, tuple.RemoteAddress, default);
        var hash = SipHash24.Hash(engine.Keys.Ports, pair);
        (_tuple, _protocol, _message, _sent) = (tuple, protocol, message, 0);
        _identification = unchecked((uint)(hash >> 32) + ++_identifications[hash % IdentificationCount]);
        _room = (mtu - IpHeader.FragmentLengthFor(tuple.LocalAddress)) / Unit * Unit;
    }

    /// <summary>Builds the next fragment. The last one returns the block to the caller.</summary>
    public Emission Next(Span<byte> headers, out Block? finished)
    {
        var message = _message!;
        // The first fragment begins with the datagram's header.
        var start = _sent == 0 ? _startLength : 0;
        var left = message.Length + _startLength - _sent;
        var length = Math.Min(_room, left);
        var isLast = length == left;
        var fragment = new IpFragment(_identification, _sent, !isLast, 0, 0, _protocol);
        var written = IpHeader.WriteFragment(
            headers, _tuple.LocalAddress, _tuple.RemoteAddress, fragment, length, (byte)engine.Options.HopLimit, 0);
        _start.AsSpan(0, start).CopyTo(headers[written..]);
        var data = new DataSlice(message, _sent + start - _startLength, length - start);
        var emission = new Emission(headers[..(written + start)], data)
        {
            IsLooped = engine.Addresses.Contains(_tuple.RemoteAddress),
        };
        _sent += length;
        finished = isLast ? message : null;
        if (isLast)
            _message = null;
        engine.Counters.Add(Counter.FragmentsSent);
        return emission;
    }

    /// <summary>Releases the packet in hand.</summary>
    public void Release()
    {
        _message?.Release();
        _message = null;
    }
}
