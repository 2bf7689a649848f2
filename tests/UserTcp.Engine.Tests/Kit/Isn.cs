using UserTcp.Engine.Contract;
using UserTcp.Engine.Security;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Kit;

/// <summary>Connections whose initial sequence numbers, the peer's and ours, are chosen: next to 2^31 and to 2^32.</summary>
internal static class Isn
{
    public const uint NearHalf = int.MaxValue - 3;
    public const uint NearEnd = uint.MaxValue - 3;

    public static TheoryData<uint, uint> NearWraps => new() { { NearHalf, NearEnd }, { NearEnd, NearHalf } };

    /// <summary>A passive open up to ESTABLISHED with the given IRS and ISS; virtual time passes until the ISN clock comes by.</summary>
    public static Script Accepted(
        uint irs = NearHalf, uint iss = NearEnd, uint window = Script.PeerWindow, ushort? mss = 1460, WindowScale? scale = null,
        ConnectionOptions? connection = null, EngineOptions? engine = null)
    {
        // A cookie keeps neither the scale without timestamps nor every MSS.
        var script = new Script(engine, irs, cookies: scale is null && mss is null or 1460 ? null : SynCookieMode.Never);
        var tuple = new FourTuple(script.Host.Address, script.HostPort, script.Peer, script.PeerPort);
        var isn = InitialSequenceNumber.Generate(TestHost.Keys(1).InitialSequenceNumber, tuple, script.Now);
        script.Pass(unchecked(iss - isn.Value) * TimeSpan.FromMicroseconds(4));
        script.Accept(window, mss, scale, connection);
        // Where a cookie lies, nobody chooses.
        Assert.Equal((irs, ForcedCookies.AreOn ? script.Iss.Value : iss), (script.Irs.Value, script.Iss.Value));
        return script;
    }

    /// <summary>The same with Nagle's algorithm off.</summary>
    public static Script AcceptedNoDelay(uint irs = NearHalf, uint iss = NearEnd, uint window = Script.PeerWindow) =>
        Accepted(irs, iss, window, connection: new ConnectionOptions { NoDelay = true });
}
