using UserTcp.Engine.Contract;
using UserTcp.Engine.Security;
using UserTcp.Engine.State;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Kit;

/// <summary>
/// One engine against a scripted peer: a test injects segments and asserts the sent ones, relative to both initial
/// sequence numbers. Time is virtual, and a test accounts for every sent segment. The default congestion control is
/// NewReno, whose window (RFC 5681) does not depend on time, as CUBIC's does.
/// </summary>
internal sealed class Script
{
    public const uint PeerWindow = 65_535;

    /// <summary>Our port in an active open, fixed so that the ISN is known in advance.</summary>
    private static readonly Port ActivePort = new(50_000);

    private readonly Queue<byte[]> _sent = new();
    private readonly uint? _wantedIss;

    /// <summary>
    /// A script with IRS <paramref name="irs"/> and, if given, with ISS <paramref name="iss"/> for our first
    /// connection.
    /// </summary>
    public Script(
        EngineOptions? options = null, uint irs = uint.MaxValue - 3, string family = "4", LinkProperties? link = null,
        uint? iss = null, EngineKeys? keys = null, SynCookieMode? cookies = null)
    {
        Irs = new SeqNum(irs);
        _wantedIss = iss;
        Host = new TestHost(
            family == "4" ? "198.18.0.2" : "2001:db8:75::2",
            options ?? new EngineOptions { CongestionControl = CongestionAlgorithm.NewReno }, link, keys, cookies);
        Peer = IpAddress.From(System.Net.IPAddress.Parse(family == "4" ? "198.18.0.1" : "2001:db8:75::1"));
    }

    public TestHost Host { get; }

    public TcpEngine Engine => Host.Engine;

    public IpAddress Peer { get; }

    /// <summary>IRS; a script may start a second connection with another one.</summary>
    public SeqNum Irs { get; set; }

    /// <summary>ISS, set by <see cref="Expect"/> of our SYN.</summary>
    public SeqNum Iss { get; private set; }

    public MonotonicTime Now { get; private set; } = new(1000 * TimeSpan.TicksPerSecond);

    public Port PeerPort { get; set; } = new(40_000);

    public Port HostPort { get; set; } = new(80);

    public Tcb Connection { get; private set; } = null!;

    public Listener Listener { get; private set; } = null!;

    /// <summary>The connection's state; CLOSED without a connection.</summary>
    public TcpState State =>
        Engine.GetSnapshots(Now).FirstOrDefault(s => s.State != TcpState.Listen && s.Tuple == Tuple)?.State
        ?? TcpState.Closed;

    /// <summary>The last sent frame, or another of ours for an ICMP error to quote.</summary>
    public byte[] LastSent { get; set; } = [];

    public FourTuple Tuple => new(Host.Address, HostPort, Peer, PeerPort);

    /// <summary>STATUS, events and rented blocks: equal snapshots show that nothing changed.</summary>
    public string Snapshot() =>
        string.Join('\n', Engine.GetSnapshots(Now)) + $"\n{EventsSoFar()} {Host.Events.Count} {Host.Pool.Rented}";

    /// <summary>A script in ESTABLISHED after a passive open with the given initial sequence numbers.</summary>
    public static Script Established(
        uint irs = Isn.BeforeHalf, uint iss = Isn.BeforeWrap, uint window = PeerWindow, ushort? mss = 1460,
        WindowScale? scale = null, ConnectionOptions? connection = null,
        EngineOptions? engine = null, bool noDelay = false)
    {
        // A SYN cookie keeps neither every MSS nor, without timestamps, the scale.
        var script = new Script(
            engine, irs, iss: iss, cookies: scale is null && mss is null or 1460 ? null : SynCookieMode.Never);
        script.Accept(window, mss, scale, noDelay ? new ConnectionOptions { NoDelay = true } : connection);
        // The value of a cookie cannot be chosen.
        Assert.Equal(ForcedCookies.AreOn ? script.Iss.Value : iss, script.Iss.Value);
        return script;
    }

    public long Count(Counter counter) => Engine.Counters[counter];

    public void Listen(ConnectionOptions? options = null, int? backlog = null)
    {
        Assert.Equal(
            EngineError.None,
            Engine.Listen(Host.Address, HostPort, backlog, options ?? ConnectionOptions.Default, out var listener));
        Listener = listener!;
        AwaitIss(Tuple);
    }

    /// <summary>
    /// Passive open up to ESTABLISHED, accepted; returns our SYN,ACK. With timestamps in the peer's SYN, its ACK has
    /// TSval one higher and echoes ours.
    /// </summary>
    /// <param name="window">The window field of the peer's SYN and ACK.</param>
    /// <param name="mss">The MSS option of the peer's SYN.</param>
    /// <param name="scale">The window scale option of the peer's SYN.</param>
    /// <param name="options">The listener's options.</param>
    /// <param name="offer">Further options of the peer's SYN.</param>
    /// <param name="ecn">ECE and CWR of the peer's SYN.</param>
    /// <param name="roundTrip">Time from our SYN,ACK to the peer's ACK.</param>
    public SentSegment Accept(
        uint window = PeerWindow, ushort? mss = 1460, WindowScale? scale = null, ConnectionOptions? options = null,
        TcpOptions offer = default, TcpFlags ecn = 0, TimeSpan roundTrip = default)
    {
        Listen(options);
        Inject(TcpFlags.Syn | ecn, seq: 0, window: window, options: offer with { Mss = mss, WindowScale = scale });
        var synAck = Expect(TcpFlags.Syn | TcpFlags.Ack | (ecn & TcpFlags.Ece), seq: 0, ack: 1);
        if (roundTrip > TimeSpan.Zero)
            Pass(roundTrip);
        TcpTimestamps? timestamps = offer.Timestamps is { } theirs && synAck.Options.Timestamps is { } ours
            ? new TcpTimestamps(unchecked(theirs.Value + 1), ours.Value)
            : null;
        Inject(TcpFlags.Ack, seq: 1, ack: 1, window: window, options: new TcpOptions { Timestamps = timestamps });
        AcceptWaiting();
        Assert.Equal(TcpState.Established, State);
        return synAck;
    }

    /// <summary>Accepts the connection in the accept queue.</summary>
    public void AcceptWaiting()
    {
        Assert.True(Engine.TryAccept(Listener, out var connection));
        Connection = connection!;
        Host.DequeueEvents();
    }

    /// <summary>Active open up to SYN-SENT.</summary>
    public void Open(ConnectionOptions? options = null)
    {
        HostPort = ActivePort;
        AwaitIss(Tuple);
        var error = Engine.Open(
            null, HostPort, Peer, PeerPort, options ?? ConnectionOptions.Default, Now, out var connection);
        Assert.Equal(EngineError.None, error);
        Connection = connection!;
        Expect(TcpFlags.Syn, seq: 0);
    }

    /// <summary>Active open at <see cref="HostPort"/>, followed at once by SEND.</summary>
    public void OpenWithData(ConnectionOptions options, byte[] data)
    {
        AwaitIss(Tuple);
        Assert.Equal(EngineError.None, Engine.Open(null, HostPort, Peer, PeerPort, options, Now, out var connection));
        Connection = connection!;
        Engine.Send(Connection, Host.Chain(data), Now);
    }

    /// <summary>Active open up to ESTABLISHED.</summary>
    public void Connect(uint window = PeerWindow, ushort? mss = 1460, ConnectionOptions? options = null)
    {
        Open(options);
        Inject(TcpFlags.Syn | TcpFlags.Ack, seq: 0, ack: 1, window: window, options: new TcpOptions { Mss = mss });
        Expect(TcpFlags.Ack, seq: 1, ack: 1);
        Assert.Equal(TcpState.Established, State);
    }

    /// <summary>The peer sends a segment. Numbers are relative: seq to IRS, ack to ISS.</summary>
    public void Inject(
        TcpFlags flags, uint seq, uint ack = 0, string data = "", uint window = PeerWindow,
        TcpOptions options = default) =>
        InjectBytes(flags, seq, ack, System.Text.Encoding.ASCII.GetBytes(data), window, options);

    public void InjectBytes(
        TcpFlags flags, uint seq, uint ack, ReadOnlySpan<byte> data, uint window = PeerWindow,
        TcpOptions options = default, ushort urgent = 0)
    {
        InjectFrame(SegmentOf(flags, seq, ack, data, window, options, urgent));
    }

    /// <summary>A segment of the peer as a frame.</summary>
    public byte[] Segment(TcpFlags flags, uint seq, uint ack = 0, string data = "", uint window = PeerWindow) =>
        SegmentOf(flags, seq, ack, System.Text.Encoding.ASCII.GetBytes(data), window, default, 0);

    /// <summary>A frame as if sent by us, for an ICMP error to quote; seq is relative to ISS.</summary>
    public byte[] Segment(IpAddress source, IpAddress destination, uint seq, int data) => Frames.Tcp(
        source, destination, new TcpHeader(HostPort, PeerPort, Iss + seq, Irs, TcpFlags.Ack, 0),
        default, new byte[data]);

    /// <summary>Frames that arrive in one batch: nothing is sent in between.</summary>
    public void InjectBatch(params byte[][] frames)
    {
        foreach (var frame in frames)
            Host.Receive(frame, Now);
        Collect();
    }

    public void InjectFrame(ReadOnlySpan<byte> frame)
    {
        Host.Receive(frame, Now);
        Collect();
    }

    /// <summary>Asserts the next sent segment.</summary>
    public SentSegment Expect(
        TcpFlags flags, uint? seq = null, uint? ack = null, string? data = null,
        int? length = null, uint? window = null)
    {
        Collect();
        Assert.True(_sent.Count > 0, $"nothing was sent; expected {flags}");
        var sent = Frames.Read(_sent.Dequeue());
        Assert.Equal(flags, sent.Header.Flags & ~(flags.HasFlag(TcpFlags.Psh) ? 0 : TcpFlags.Psh));
        if ((flags & TcpFlags.Syn) != 0)
            Iss = sent.Header.Seq;
        if (seq is { } s)
            Assert.Equal((Iss + s).Value, sent.Header.Seq.Value);
        if (ack is { } a)
            Assert.Equal((Irs + a).Value, sent.Header.Ack.Value);
        if (data is not null)
            Assert.Equal(data, System.Text.Encoding.ASCII.GetString(sent.Payload));
        if (length is { } l)
            Assert.Equal(l, sent.Payload.Length);
        if (window is { } w)
            Assert.Equal(w, sent.Header.Window);
        return sent;
    }

    /// <summary>Asserts that only a RST in reply to a segment with ACK is sent: SEQ is SEG.ACK.</summary>
    public void ExpectResetAt(uint seq)
    {
        var reset = Expect(TcpFlags.Rst, seq: seq);
        Assert.Equal((0u, 0), (reset.Header.Ack.Value, reset.Payload.Length));
        ExpectNothing();
    }

    /// <summary>Asserts the last sent segment.</summary>
    public SentSegment ExpectLast(TcpFlags flags, uint? seq = null, uint? ack = null)
    {
        Collect();
        while (_sent.Count > 1)
            _sent.Dequeue();
        return Expect(flags, seq, ack);
    }

    public void ExpectNothing()
    {
        Collect();
        Assert.True(_sent.Count == 0, _sent.Count == 0 ? "" : $"sent {Frames.Read(_sent.Peek())}");
    }

    /// <summary>Discards the sent segments; returns their number.</summary>
    public int Drain()
    {
        Collect();
        var count = _sent.Count;
        _sent.Clear();
        return count;
    }

    /// <summary>Dequeues the next sent segment; null if there is none.</summary>
    public SentSegment? TryDequeueSent()
    {
        Collect();
        return _sent.TryDequeue(out var frame) ? Frames.Read(frame) : null;
    }

    /// <summary>A sent frame waits for its assertion.</summary>
    public bool HasSent
    {
        get
        {
            Collect();
            return _sent.Count > 0;
        }
    }

    public byte[] DequeueFrame()
    {
        Collect();
        return _sent.Dequeue();
    }

    public void Send(string data) => Send(System.Text.Encoding.ASCII.GetBytes(data));

    public void Send(byte[] data)
    {
        Engine.Send(Connection, Host.Chain(data), Now);
        Collect();
    }

    public string Read() => System.Text.Encoding.ASCII.GetString(Host.ReadAll(Connection, Now));

    public void Shutdown() => Engine.Shutdown(Connection, Now);

    public void Close(bool sendsFinFirst = false) => Engine.Close(Connection, Now, sendsFinFirst);

    public void Abort() => Engine.Abort(Connection, Now);

    /// <summary>Lets virtual time pass, stopping at every deadline on the way.</summary>
    public void Pass(TimeSpan span)
    {
        var end = Now + span;
        while (Engine.NextDeadline <= end)
        {
            if (Engine.NextDeadline > Now)
                Now = Engine.NextDeadline;
            Engine.OnTimer(Now);
            Host.DequeueEvents();
            Collect();
        }

        Now = end;
        Engine.OnTimer(Now);
        Host.DequeueEvents();
        Collect();
    }

    public void PassMilliseconds(double milliseconds) => Pass(TimeSpan.FromMilliseconds(milliseconds));

    /// <summary>Lets time pass until a segment is sent; returns the duration.</summary>
    public TimeSpan PassUntilSent(TimeSpan limit)
    {
        var start = Now;
        while (_sent.Count == 0)
        {
            Assert.True(Engine.NextDeadline - start <= limit, "nothing was sent in time");
            Pass(Engine.NextDeadline - Now);
        }

        return Now - start;
    }

    public EngineEvents EventsSoFar()
    {
        Host.DequeueEvents();
        return Host.Events.Aggregate(EngineEvents.None, (all, e) => all | e.Events);
    }

    /// <summary>Asserts that no connection, timer, TIME-WAIT entry or rented block is left.</summary>
    public void AssertNothingLeft()
    {
        Collect();
        Assert.Equal(
            (0, 0, 0, MonotonicTime.Never),
            (Engine.ConnectionCount, Engine.TimerCount, Engine.TimeWaitCount, Engine.NextDeadline));
        Assert.Equal(0, Host.Pool.Rented);
    }

    /// <summary>Advances the unused engine's time until the ISN clock (RFC 6528) gives the chosen ISS.</summary>
    private void AwaitIss(in FourTuple tuple)
    {
        const long TicksPerIncrement = 4 * TimeSpan.TicksPerMicrosecond;
        if (_wantedIss is not { } wanted || Engine.NextDeadline != MonotonicTime.Never)
            return;
        var isn = InitialSequenceNumber.Generate(TestHost.Keys(1).InitialSequenceNumber, tuple, Now);
        Now += TimeSpan.FromTicks(unchecked(wanted - isn.Value) * TicksPerIncrement);
    }

    private byte[] SegmentOf(
        TcpFlags flags, uint seq, uint ack, ReadOnlySpan<byte> data, uint window, TcpOptions options, ushort urgent)
    {
        var acknowledgment = (flags & TcpFlags.Ack) != 0 ? Iss + ack : default;
        var header = new TcpHeader(PeerPort, HostPort, Irs + seq, acknowledgment, flags, (ushort)window, urgent);
        return Frames.Tcp(Peer, Host.Address, header, options, data);
    }

    private void Collect()
    {
        foreach (var frame in Host.Emit(Now))
            _sent.Enqueue(LastSent = frame);
        Host.DequeueEvents();
    }
}
