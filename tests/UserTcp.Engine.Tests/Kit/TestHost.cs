using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Output;
using UserTcp.Engine.Security;
using UserTcp.Engine.State;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Kit;

/// <summary>An engine with its pool, events and observations, driven by a test.</summary>
internal sealed class TestHost : IEngineObserver
{
    private readonly byte[] _headers = new byte[TcpEngine.MaxHeaderLength];

    public TestHost(string address, EngineOptions? options = null, LinkProperties? link = null, EngineKeys? keys = null,
        SynCookieMode? cookies = null)
        : this([address], options, link, keys, cookies: cookies)
    {
    }

    public TestHost(
        string[] addresses, EngineOptions? options = null, LinkProperties? link = null, EngineKeys? keys = null,
        EngineShare? share = null, SynCookieMode? cookies = null)
    {
        Addresses = [.. addresses.Select(a => IpAddress.From(System.Net.IPAddress.Parse(a)))];
        Link = link ?? new LinkProperties(LinkProperties.DefaultMtu);
        options ??= new EngineOptions();
        // A fault fails a test, unless the test is about containment.
        if (options.MaxConnectionFaults == new EngineOptions().MaxConnectionFaults)
            options.MaxConnectionFaults = 0;
        Engine = new TcpEngine(
            ForcedCookies.Apply(options, cookies), keys ?? Keys(1), Link, Addresses, Pool, this, share);
    }

    public LocalBlockPool Pool { get; } = new();

    public TcpEngine Engine { get; }

    public LinkProperties Link { get; }

    public IReadOnlyList<IpAddress> Addresses { get; }

    public IpAddress Address => Addresses[0];

    public List<SegmentObservation> Observations { get; } = [];

    /// <summary>All events of the observer.</summary>
    public List<TraceEvent> Trace { get; } = [];

    public List<EngineEvent> Events { get; } = [];

    /// <summary>Payload bytes, and bytes per segment, of each super-segment.</summary>
    public List<(int Length, int SegmentSize)> SuperSegments { get; } = [];

    public static EngineKeys Keys(ulong seed) => new(
        new SipKey(seed, 2), new SipKey(seed, 3), new SipKey(seed, 4), new SipKey(seed, 5), new SipKey(seed, 6),
        new SipKey(seed, 7), new SipKey(seed, 8));

    void IEngineObserver.OnEvent(in TraceEvent traceEvent)
    {
        Trace.Add(traceEvent);
        if (traceEvent.Kind != TraceEventKind.Segment)
            return;
        var observation = traceEvent.Segment;
        Observations.Add(observation);
        if (observation.Before != TcpState.Listen && !Transitions.IsLegal(observation.Before, observation.After)
            && !IsTwoSteps(observation))
        {
            throw new InvalidOperationException($"illegal transition: {observation}");
        }
    }

    /// <summary>Receives a frame as from a device.</summary>
    public void Receive(ReadOnlySpan<byte> frame, MonotonicTime now)
    {
        var block = Pool.Rent(frame.Length);
        block.Append(frame);
        if (!Engine.OnFrame(block, now))
            block.Release();
        DequeueEvents();
    }

    /// <summary>Emits all frames that the engine sends now.</summary>
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
        if (ParksIdle)
            ParkAll();
        return frames;
    }

    /// <summary>Idle connections are parked after every emission.</summary>
    public bool ParksIdle { get; set; } = true;

    /// <summary>Parks all idle connections. Called after every emission: parking must not change anything.</summary>
    public int ParkAll() => Engine.GetConnections().Count(Engine.TryPark);

    /// <summary>Cuts segments and completes checksums, as a link with offload does.</summary>
    private void Complete(byte[] frame, in Emission emission, List<byte[]> frames)
    {
        if (emission.SegmentSize > 0)
            SuperSegments.Add((emission.Payload.Length, emission.SegmentSize));
        var cutter = new SegmentCutter(
            frame, emission.Headers.Length, emission.SegmentSize == 0 ? int.MaxValue : emission.SegmentSize);
        var segment = new byte[LinkProperties.DefaultMtu];
        for (var length = cutter.Next(segment); length > 0; length = cutter.Next(segment))
            frames.Add(segment[..length]);
    }

    public void DequeueEvents()
    {
        while (Engine.TryDequeueEvent(out var engineEvent))
            Events.Add(engineEvent);
    }

    public Block Chain(ReadOnlySpan<byte> bytes)
    {
        Block? first = null, last = null;
        do
        {
            var block = Pool.Rent();
            bytes = bytes[block.Append(bytes)..];
            if (last is null)
                first = block;
            else
                last.NextBlock = block;
            last = block;
        }
        while (!bytes.IsEmpty);
        return first!;
    }

    /// <summary>Receives and consumes all data.</summary>
    public byte[] ReadAll(Tcb connection, MonotonicTime now)
    {
        var bytes = new List<byte>();
        var chain = Engine.Receive(connection);
        for (var block = chain; block is not null; block = block.NextBlock)
            bytes.AddRange(block.Content);
        Block.ReleaseChain(chain);
        Engine.Consumed(connection, bytes.Count, now);
        return [.. bytes];
    }

    // A SYN,ACK with FIN, or an ACK of our FIN with the peer's FIN: one segment, two edges of figure 5.
    private static bool IsTwoSteps(SegmentObservation o) =>
        Enum.GetValues<TcpState>()
            .Any(middle => Transitions.IsLegal(o.Before, middle) && Transitions.IsLegal(middle, o.After))
        && (o.Header.Flags & TcpFlags.Fin) != 0;
}
