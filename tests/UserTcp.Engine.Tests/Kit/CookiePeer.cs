using UserTcp.Engine.Contract;
using UserTcp.Engine.Security;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Kit;

/// <summary>
/// A script whose listener answers with SYN cookies. The peer echoes the TSval of the SYN,ACK and acknowledges its ISN,
/// at any value.
/// </summary>
internal sealed class CookiePeer
{
    public const TcpFlags SynAck = TcpFlags.Syn | TcpFlags.Ack;

    // Max distance of a chosen ISS below a corner, in bytes.
    private const uint BeforeCorner = 4096;

    public CookiePeer(
        string family = "4", SynCookieMode mode = SynCookieMode.Always, EngineOptions? options = null,
        uint irs = Isn.BeforeHalf, EngineKeys? keys = null, LinkProperties? link = null)
    {
        Script = new Script(options ?? new EngineOptions(), irs, family, link, keys: keys, cookies: mode);
    }

    public Script Script { get; }

    /// <summary>TSval of the peer's segments.</summary>
    public uint Clock { get; set; } = Isn.BeforeWrap;

    /// <summary>The SYN's options besides timestamps.</summary>
    public TcpOptions Offer { get; init; } = new() { Mss = 1460 };

    public bool Timestamps { get; init; } = true;

    /// <summary>ECE and CWR, or nothing.</summary>
    public TcpFlags EcnFlags { get; init; }

    /// <summary>TSval of the SYN,ACK.</summary>
    public uint Echo { get; set; }

    /// <summary>Keys with which the cookie for this SYN lies in the 4 KiB below a corner.</summary>
    public static EngineKeys KeysFor(uint corner, string family = "4", uint irs = Isn.BeforeHalf)
    {
        var probe = new CookiePeer(family, irs: irs);
        var s = probe.Script;
        var hash = SipHash24.Hash(TestHost.Keys(1).Table, s.Tuple);
        var scope = new SynCookieScope(hash, family == "4", s.Irs, 0, new SynCookieTerms(null, false, false).Bits);
        for (var i = 0UL; ; i++)
        {
            var key = new SipKey(i, corner);
            if (unchecked(corner - SynCookie.Make(key, scope, 1460, s.Now).Value) < BeforeCorner)
                return TestHost.Keys(1) with { SynCookies = key };
        }
    }

    public CookiePeer Listen(ConnectionOptions? options = null, int? backlog = null)
    {
        Script.Listen(options, backlog);
        return this;
    }

    public void Syn(string data = "") =>
        Script.Inject(TcpFlags.Syn | EcnFlags, seq: 0, data: data, options: Offer with { Timestamps = Stamp(0) });

    /// <summary>Injects the SYN and expects the SYN,ACK.</summary>
    public SentSegment SynAnswered()
    {
        Syn();
        var answer = Script.Expect(SynAck | (EcnFlags & TcpFlags.Ece), seq: 0, ack: 1);
        Script.ExpectNothing();
        Echo = answer.Options.Timestamps?.Value ?? 0;
        return answer;
    }

    /// <summary>Injects a segment of the peer after its SYN.</summary>
    public void Inject(
        TcpFlags flags = TcpFlags.Ack, uint seq = 1, uint ack = 1, string data = "", uint window = 1000) =>
        Script.Inject(flags, seq, ack, data, window, new TcpOptions { Timestamps = Stamp(Echo) });

    /// <summary>Makes the handshake and accepts the connection.</summary>
    public CookiePeer Accept()
    {
        SynAnswered();
        Inject();
        Script.AcceptWaiting();
        return this;
    }

    private TcpTimestamps? Stamp(uint echo) => Timestamps ? new TcpTimestamps(Clock, echo) : null;
}
