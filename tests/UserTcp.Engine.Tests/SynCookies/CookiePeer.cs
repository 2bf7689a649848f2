using UserTcp.Engine.Contract;
using UserTcp.Engine.Security;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.SynCookies;

/// <summary>
/// A script whose listener answers by SYN cookies, and a peer that does what a TCP does with the answer: it echoes the TSval and
/// acknowledges the ISN, wherever that lies.
/// </summary>
internal sealed class CookiePeer
{
    public const TcpFlags SynAck = TcpFlags.Syn | TcpFlags.Ack;

    // Bytes before a corner within which a wanted ISS lies.
    private const uint BeforeCorner = 4096;

    public CookiePeer(
        string family = "4", SynCookieMode mode = SynCookieMode.Always, EngineOptions? options = null, uint irs = Corners.Sign,
        EngineKeys? keys = null, LinkProperties? link = null)
    {
        Script = new Script(options ?? new EngineOptions(), irs, family, link, keys: keys, cookies: mode);
    }

    public Script Script { get; }

    /// <summary>TSval of the peer's segments.</summary>
    public uint Clock { get; set; } = Corners.Wrap;

    /// <summary>What the SYN has besides timestamps.</summary>
    public TcpOptions Offer { get; init; } = new() { Mss = 1460 };

    public bool Timestamps { get; init; } = true;

    /// <summary>ECE and CWR, or nothing.</summary>
    public TcpFlags EcnFlags { get; init; }

    /// <summary>TSval of the SYN,ACK.</summary>
    public uint Echo { get; set; }

    /// <summary>Keys with which the cookie for such a SYN lies in the 4 KiB before a corner.</summary>
    public static EngineKeys KeysFor(uint corner, string family = "4", uint irs = Corners.Sign)
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

    public void Syn(string data = "") => Script.Inject(TcpFlags.Syn | EcnFlags, seq: 0, data: data, options: Offer with { Timestamps = Stamp(0) });

    /// <summary>The SYN, and the SYN,ACK that has to come.</summary>
    public SentSegment SynAnswered()
    {
        Syn();
        var answer = Script.Expect(SynAck | (EcnFlags & TcpFlags.Ece), seq: 0, ack: 1);
        Script.ExpectNothing();
        Echo = answer.Options.Timestamps?.Value ?? 0;
        return answer;
    }

    /// <summary>A segment of the peer's after its SYN.</summary>
    public void Inject(TcpFlags flags = TcpFlags.Ack, uint seq = 1, uint ack = 1, string data = "", uint window = 1000) =>
        Script.Inject(flags, seq, ack, data, window, new TcpOptions { Timestamps = Stamp(Echo) });

    /// <summary>The whole handshake, and the accept.</summary>
    public CookiePeer Accept()
    {
        SynAnswered();
        Inject();
        Script.AcceptWaiting();
        return this;
    }

    private TcpTimestamps? Stamp(uint echo) => Timestamps ? new TcpTimestamps(Clock, echo) : null;
}
