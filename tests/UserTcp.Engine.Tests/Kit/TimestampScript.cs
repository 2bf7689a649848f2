using System.Collections.Concurrent;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Security;
using UserTcp.Engine.State;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Kit;

/// <summary>
/// A script with timestamps. Both clocks are chosen: the test moves the peer's from <see cref="PeerStart"/>, and ours
/// passes a corner within the first half minute. Every sent segment must have the option with our clock.
/// </summary>
internal sealed class TimestampScript
{
    private const uint BeforeCorner = 30_000;

    private static readonly ConcurrentDictionary<(FourTuple, uint, uint), SipKey> Found = new();

    private readonly uint _offset;

    // TSval of a SYN,ACK with a SYN cookie, which the ACK echoes unchanged.
    private uint? _cookieEcho;

    public TimestampScript(
        string family = "4", uint iss = Isn.BeforeWrap, uint irs = Isn.BeforeHalf, uint ours = Isn.BeforeWrap,
        uint peer = Isn.BeforeWrap, EngineOptions? options = null, LinkProperties? link = null, bool active = false)
    {
        options ??= new EngineOptions();
        options.Timestamps = true;
        PeerStart = peer;
        var probe = new Script(family: family);
        var tuple = active ? probe.Tuple with { LocalPort = new Port(50_000) } : probe.Tuple;
        var start = unchecked((uint)(StartOf(tuple, iss, probe.Now).Ticks / TimeSpan.TicksPerMillisecond));
        var key = Found.GetOrAdd((tuple, start, ours), static found => Search(found.Item1, found.Item2, found.Item3));
        _offset = TimestampClock.OffsetOf(key, tuple);
        Script = new Script(options, irs, family, link, iss, TestHost.Keys(1) with { Timestamps = key });
    }

    /// <summary>Family, ISS, IRS, our clock and the peer's: each just before 2^31 or 2^32.</summary>
    public static TheoryData<string, uint, uint, uint, uint> Corners => new()
    {
        { "4", Isn.BeforeWrap, Isn.BeforeHalf, Isn.BeforeWrap, Isn.BeforeHalf },
        { "4", Isn.BeforeHalf, Isn.BeforeWrap, Isn.BeforeHalf, Isn.BeforeWrap },
        { "6", Isn.BeforeWrap, Isn.BeforeWrap, Isn.BeforeHalf, Isn.BeforeHalf },
        { "6", Isn.BeforeHalf, Isn.BeforeHalf, Isn.BeforeWrap, Isn.BeforeWrap },
    };

    public Script Script { get; }

    /// <summary>TSval of the peer's SYN; the other ones are relative to it.</summary>
    public uint PeerStart { get; }

    /// <summary>Our TSval now.</summary>
    public uint OurClock => TimestampClock.At(Script.Now, _offset);

    public TimestampState State => Script.Engine.State.Connections.Find(Script.Tuple)!.Active.Ts;

    /// <summary>
    /// Passive open up to ESTABLISHED, accepted. The relative TSval of the peer's SYN is 0, of its ACK 1.
    /// </summary>
    public TimestampScript Accept(
        ushort? mss = 1460, uint window = Script.PeerWindow, ConnectionOptions? connection = null,
        bool sackPermitted = false)
    {
        var offer = new TcpOptions { SackPermitted = sackPermitted, Timestamps = new TcpTimestamps(PeerStart, 0) };
        var synAck = Script.Accept(window, mss, options: connection, offer: offer);
        var timestamps = Assert.NotNull(synAck.Options.Timestamps);
        Assert.Equal(
            (ForcedCookies.AreOn ? timestamps.Value : OurClock, PeerStart), (timestamps.Value, timestamps.Echo));
        Assert.True(Script.Engine.GetSnapshot(Script.Connection).Timestamps);
        return this;
    }

    /// <summary>Active open up to ESTABLISHED.</summary>
    public TimestampScript Connect()
    {
        Open();
        Inject(TcpFlags.Syn | TcpFlags.Ack, seq: 0, ack: 1, value: 0, mss: 1460);
        Expect(TcpFlags.Ack, seq: 1, ack: 1, echo: 0);
        Assert.True(Script.Engine.GetSnapshot(Script.Connection).Timestamps);
        return this;
    }

    /// <summary>Active open up to SYN-SENT. A SYN without ACK echoes nothing.</summary>
    public TimestampScript Open()
    {
        Script.HostPort = new Port(50_000);
        Script.Open();
        Assert.Equal(new TcpTimestamps(OurClock, 0), Frames.Read(Script.LastSent).Options.Timestamps);
        return this;
    }

    /// <summary>
    /// The peer sends a segment. TSval is relative to its clock's start; TSecr is our clock now, less
    /// <paramref name="echoAge"/> ms.
    /// </summary>
    public void Inject(
        TcpFlags flags, uint seq, int value, uint ack = 0, string data = "", uint echoAge = 0,
        uint window = Script.PeerWindow, ushort? mss = null) =>
        Script.Inject(flags, seq, ack, data, window, Options(flags, value, echoAge, mss));

    public void InjectBytes(uint seq, int value, uint ack, ReadOnlySpan<byte> data, uint echoAge = 0) =>
        Script.InjectBytes(
            TcpFlags.Ack, seq, ack, data, Script.PeerWindow, Options(TcpFlags.Ack, value, echoAge, null));

    /// <summary>Asserts the next sent segment, with our clock and the given relative TSecr.</summary>
    public SentSegment Expect(
        TcpFlags flags, uint? seq = null, uint? ack = null, int? echo = null, string? data = null, int? length = null)
    {
        var sent = Script.Expect(flags, seq, ack, data, length);
        var timestamps = Assert.NotNull(sent.Options.Timestamps);
        if (ForcedCookies.AreOn && flags.HasFlag(TcpFlags.Syn | TcpFlags.Ack) && Script.Engine.ConnectionCount == 0)
            _cookieEcho = timestamps.Value;
        else
            Assert.Equal(OurClock, timestamps.Value);
        if (echo is { } e)
            Assert.Equal(unchecked(PeerStart + (uint)e), timestamps.Echo);
        return sent;
    }

    private TcpOptions Options(TcpFlags flags, int value, uint echoAge, ushort? mss)
    {
        var echo = _cookieEcho ?? unchecked(OurClock - echoAge);
        _cookieEcho = null;
        return new TcpOptions
        {
            Mss = mss,
            Timestamps = unchecked(new TcpTimestamps(PeerStart + (uint)value, flags.HasFlag(TcpFlags.Ack) ? echo : 0)),
        };
    }

    /// <summary>The time at which the ISN clock gives the chosen ISS.</summary>
    private static MonotonicTime StartOf(in FourTuple tuple, uint iss, MonotonicTime now)
    {
        var isn = InitialSequenceNumber.Generate(TestHost.Keys(1).InitialSequenceNumber, tuple, now);
        return now + (unchecked(iss - isn.Value) * TimeSpan.FromMicroseconds(4));
    }

    /// <summary>A key with which our timestamp clock reaches the corner soon after the start.</summary>
    private static SipKey Search(in FourTuple tuple, uint start, uint corner)
    {
        for (var i = 0UL; ; i++)
        {
            var key = new SipKey(i, corner);
            if (unchecked(corner - (start + TimestampClock.OffsetOf(key, tuple))) < BeforeCorner)
                return key;
        }
    }
}
