using System.Buffers.Binary;
using UserTcp.Engine.Contract;
using UserTcp.Engine.FastOpen;
using UserTcp.Engine.Security;
using UserTcp.Fuzz.Running;
using UserTcp.Fuzz.WholeEngine;
using UserTcp.Wire;
using static UserTcp.Fuzz.Running.FindingException;

namespace UserTcp.Fuzz.Parsers;

/// <summary>
/// Cookies that peers send back. A cookie is valid for its addresses only, and a forged one is rejected. Every input
/// checks each kind of cookie.
/// </summary>
internal sealed class CookieTarget : FuzzTarget
{
    private const int SynInputLength = 18;

    private readonly FastOpenCookies _cookies = new(new SipKey(7, 11), limit: 16);

    public override string Name => "cookies";

    public override byte[] Generate(ulong number)
    {
        var dice = new Dice(Dice.Mix(number, 4));
        var input = new byte[dice.Of<int>([8, 8, 8, 0, 2, 4, 6, 7, 9, 16, 18, 40])];
        foreach (ref var value in input.AsSpan())
            value = (byte)dice.Next();
        return input;
    }

    public override int Run(ReadOnlySpan<byte> input, Features features)
    {
        CheckFastOpen(input, features);
        if (input.Length >= SynInputLength)
            CheckSyn(input, features);
        return 1;
    }

    private void CheckFastOpen(ReadOnlySpan<byte> input, Features features)
    {
        var cookie = FastOpenCookie.Read(input);
        features.Hit(40, input.Length, cookie.IsPresent ? 1 : 0, cookie.Length);
        var isLegal = input.Length is 0 or (>= 4 and <= 16) && input.Length % 2 == 0;
        Require(cookie.IsPresent == isLegal, "cookies: length", $"{input.Length} bytes of cookie.");
        var port = input.IsEmpty ? 0 : input[0];
        var tuple = new FourTuple(WorldSetup.OurIPv4, new Port(80), WorldSetup.PeerIPv4, new Port((ushort)port));
        var right = _cookies.CookieOf(tuple);
        Require(
            right == _cookies.CookieOf(tuple with { RemotePort = default }), "cookies: addresses",
            "It depends on a port.");
        Require(
            right != _cookies.CookieOf(tuple with { RemoteAddress = IpAddress.FromIPv4(0xC612_0003) }),
            "cookies: addresses", "Two peers have one.");
        if (input.Length == sizeof(ulong))
        {
            Require(
                cookie == FastOpenCookie.Of(BinaryPrimitives.ReadUInt64BigEndian(input)), "cookies: bytes",
                "It is read as another one.");
            Require(cookie != right, "cookies: forged", "A made-up cookie is right.");
        }
    }

    /// <summary>RFC 4987: a SYN cookie is valid in its tick and the next, and decodes to its MSS and options.</summary>
    private static void CheckSyn(ReadOnlySpan<byte> input, Features features)
    {
        var key = new SipKey(17, 19);
        var terms = new SynCookieTerms(
            input[0] > 15 ? null : WindowScale.FromWire(input[0]), (input[1] & 1) != 0, (input[1] & 2) != 0);
        Require(
            SynCookieTerms.FromEcho(terms.Stamp(BinaryPrimitives.ReadUInt32BigEndian(input[2..]))) == terms,
            "cookies: terms", $"{terms} is read otherwise.");
        var scope = new SynCookieScope(
            BinaryPrimitives.ReadUInt64BigEndian(input[2..]), (input[1] & 4) != 0,
            new SeqNum(BinaryPrimitives.ReadUInt32BigEndian(input[10..])), input[14], terms.Bits);
        var mss = Math.Max(BinaryPrimitives.ReadUInt16BigEndian(input[15..]), (ushort)48);
        var now = new MonotonicTime(TimeSpan.TicksPerHour + (input[17] * TimeSpan.TicksPerSecond));
        var cookie = SynCookie.Make(key, scope, mss, now);
        for (var tick = 0; tick < SynCookie.ValidTicks; tick++)
        {
            Require(
                SynCookie.TryRead(key, scope, cookie, now + (tick * SynCookie.Tick), out var read) && read <= mss,
                "cookies: read", $"A cookie for an MSS of {mss} is not read after {tick} ticks, or as {read}.");
            features.Hit(41, read);
        }
    }
}
