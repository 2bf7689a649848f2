using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Output;
using UserTcp.Engine.Security;
using UserTcp.Engine.State;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Kit;

/// <summary>An engine with its pool, its events and everything it sent, for a test to drive.</summary>
internal sealed class TestHost : IEngineObserver
{
    private readonly byte[] _headers = new byte[TcpEngine.MaxHeaderLength];

    public TestHost(string address, EngineOptions? options = null, LinkProperties? link = null, EngineKeys? keys = null,
        SynCookieMode? cookies = null)
        : this([address], options, link, keys, cookies: cookies)
    {
    }

    public TestHost(
        string[] addresses, EngineOptions? options = null, LinkProperties? link = null, EngineKeys? keys = null, EngineShare? share = null,
        SynCookieMode? cookies = null)
    {
        Addresses = [.. addresses.Select(a => IpAddress.From(System.Net.IPAddress.Parse(a)))];
        Link = link ?? new LinkProperties(LinkProperties.DefaultMtu);
        options ??= new EngineOptions();
        // A fault is a test's failure, unless the test is about containing it.
        if (options.MaxConnectionFaults == new EngineOptions().MaxConnectionFaults)
            options.MaxConnectionFaults = 0;
        Engine = new TcpEngine(ForcedCookies.Apply(options, cookies), keys ?? Keys(1), Link, Addresses, Pool, this, share);
    }

    public LocalBlockPool Pool { get; } = new();

    public TcpEngine Engine { get; }

    public LinkProperties Link { get; }

    public IReadOnlyList<IpAddress> Addresses { get; }

    public IpAddress Address => Addresses[0];

    public List<SegmentObservation> Observations { get; } = [];

    public List<EngineEvent> Events { get; } = [];

    /// <summary>Octets of text, and of each segment, in frames that the link had to cut.</summary>
    public List<(int Text, int SegmentSize)> SuperSegments { get; } = [];

    public static EngineKeys Keys(ulong seed) => new(
        new SipKey(seed, 2), new SipKey(seed, 3), new SipKey(seed, 4), new SipKey(seed, 5), new SipKey(seed, 6), new SipKey(seed, 7),
        new SipKey(seed, 8));

    void IEngineObserver.OnSegment(in SegmentObservation observation)
    {
        Observations.Add(observation);
        if (observation.Before != TcpState.Listen && !Transitions.IsLegal(observation.Before, observation.After) && !IsTwoSteps(observation))
            throw new InvalidOperationException($"illegal transition: {observation}");
    }

    /// <summary>A frame in, as a device would hand it in.</summary>
    public void Receive(ReadOnlySpan<byte> frame, MonotonicTime now)
    {
        var block = Pool.Rent(frame.Length);
        block.Append(frame);
        if (!Engine.OnFrame(block, now))
            block.Release();
        TakeEvents();
    }

    /// <summary>Everything the engine wants to send now.</summary>
    public List<byte[]> Emit(MonotonicTime now)
    {
        var frames = new List<byte[]>();
        while (Engine.TryEmit(_headers, now, out var emission))
        {
            var frame = new byte[emission.Length];
            emission.CopyTo(frame);
            if (Link.ChecksumOffload)
                Complete(frame, emission, frames);
            else
                frames.Add(frame);
        }

        Assert.All(frames, frame => Assert.True(frame.Length <= Link.Mtu, "frame larger than the MTU"));
        ParkAll();
        return frames;
    }

    /// <summary>Parks what can be parked. Done all the time: parking must not change anything.</summary>
    public int ParkAll() => Engine.GetConnections().Count(Engine.TryPark);

    /// <summary>Does what the engine leaves to a link with offload.</summary>
    private void Complete(byte[] frame, in Emission emission, List<byte[]> frames)
    {
        if (emission.SegmentSize > 0)
            SuperSegments.Add((emission.Payload.Length, emission.SegmentSize));
        var cutter = new SegmentCutter(frame, emission.Headers.Length, emission.SegmentSize == 0 ? int.MaxValue : emission.SegmentSize);
        var segment = new byte[LinkProperties.DefaultMtu];
        for (var length = cutter.Next(segment); length > 0; length = cutter.Next(segment))
            frames.Add(segment[..length]);
    }

    public void TakeEvents()
    {
        while (Engine.TryDequeueEvent(out var engineEvent))
            Events.Add(engineEvent);
    }

    public Block Chain(ReadOnlySpan<byte> octets)
    {
        Block? first = null, last = null;
        do
        {
            var block = Pool.Rent();
            octets = octets[block.Append(octets)..];
            if (last is null)
                first = block;
            else
                last.NextBlock = block;
            last = block;
        }
        while (!octets.IsEmpty);
        return first!;
    }

    /// <summary>Takes and consumes all that has been received.</summary>
    public byte[] ReadAll(Tcb connection, MonotonicTime now)
    {
        var octets = new List<byte>();
        var chain = Engine.Receive(connection);
        for (var block = chain; block is not null; block = block.NextBlock)
            octets.AddRange(block.Content);
        Block.ReleaseChain(chain);
        Engine.Consumed(connection, octets.Count, now);
        return [.. octets];
    }

    // SYN,ACK with FIN, or ACK of our FIN with the peer's: one segment, two edges of figure 5.
    private static bool IsTwoSteps(SegmentObservation o) =>
        Enum.GetValues<TcpState>().Any(middle => Transitions.IsLegal(o.Before, middle) && Transitions.IsLegal(middle, o.After)) &&
        (o.Header.Flags & TcpFlags.Fin) != 0;
}
