using System.Buffers.Binary;
using UserTcp.Engine.FastOpen;
using UserTcp.Engine.Security;
using UserTcp.Fuzz.Running;
using UserTcp.Fuzz.WholeEngine;
using UserTcp.Wire;
using static UserTcp.Fuzz.Running.FindingException;

namespace UserTcp.Fuzz.Parsers;

/// <summary>
/// Cookies that peers send back. A cookie is right for its addresses alone; one that anybody makes up is not taken. Each kind of cookie is a
/// check of its own, called for every input.
/// </summary>
internal sealed class CookieTarget : FuzzTarget
{
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
        Require(right == _cookies.CookieOf(tuple with { RemotePort = default }), "cookies: addresses", "It depends on a port.");
        Require(
            right != _cookies.CookieOf(tuple with { RemoteAddress = IpAddress.FromIPv4(0xC612_0003) }), "cookies: addresses", "Two peers have one.");
        if (input.Length == sizeof(ulong))
        {
            Require(cookie == FastOpenCookie.Of(BinaryPrimitives.ReadUInt64BigEndian(input)), "cookies: bytes", "It is read as another one.");
            Require(cookie != right, "cookies: forged", "A made-up cookie is right.");
        }
    }
}
