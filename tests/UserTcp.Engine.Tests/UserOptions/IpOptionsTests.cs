using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.UserOptions;

/// <summary>What a user sets of the IP header (RFC 9293 sections 3.9.1.9 and 3.9.2), and which errors it wants to hear of.</summary>
public sealed class IpOptionsTests
{
    private static IpPacket Parse(byte[] frame) =>
        IpPacket.TryParse(frame, verifyChecksum: true, out var packet, out var error) ? packet : throw new InvalidOperationException(error.ToString());

    [Theory]
    [InlineData("4")]
    [InlineData("6")]
    [Trait("RFC9293", "MUST-48")]
    [Trait("RFC9293", "SHLD-21")]
    [Trait("RFC9293", "SHLD-22")]
    public void DSCP_is_in_every_segment_and_may_change(string family)
    {
        var script = new Script(family: family);
        script.Accept(options: new ConnectionOptions { TrafficClass = 0xB8 });
        script.Send("expedited");
        Assert.Equal(0xB8, Parse(script.TakeRawFrame()).TrafficClass);

        script.Engine.SetOptions(script.Connection, new ConnectionOptions { TrafficClass = 0x2F, NoDelay = true }, script.Now);
        script.Send("background");
        Assert.Equal(0x2C, Parse(script.TakeRawFrame()).TrafficClass);

        script.Abort();
        Assert.Equal(0x2C, Parse(script.TakeRawFrame()).TrafficClass);
    }

    [Theory]
    [InlineData("4")]
    [InlineData("6")]
    [Trait("RFC9293", "MUST-49")]
    public void TTL_can_be_set_for_the_host_and_for_a_connection(string family)
    {
        var script = new Script(new EngineOptions { HopLimit = 7 }, family: family);
        script.Accept();
        script.Send("seven");
        Assert.Equal(7, Parse(script.TakeRawFrame()).HopLimit);

        script.Engine.SetOptions(script.Connection, new ConnectionOptions { HopLimit = 255, NoDelay = true }, script.Now);
        script.Send("all");
        Assert.Equal(255, Parse(script.TakeRawFrame()).HopLimit);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("RFC9293", "SHLD-20")]
    [Trait("RFC9293", "MUST-47")]
    public void Soft_errors_are_reported_unless_the_user_does_not_want_them(bool wanted)
    {
        var script = new Script();
        script.Accept(options: new ConnectionOptions { ReportsSoftErrors = wanted });
        script.Send("into the void");
        var quoted = script.TakeRawFrame();

        script.InjectFrame(Frames.Icmp(
            script.Peer, script.Host.Address, IcmpV4.DestinationUnreachable, IcmpV4.CodeHostUnreachable, 0, quoted.AsSpan(0, 28)));

        Assert.Equal(wanted, script.EventsSoFar().HasFlag(EngineEvents.SoftError));
        Assert.Equal(EngineError.HostUnreachable, script.Connection.SoftError);
        Assert.Equal(TcpState.Established, script.State);
    }
}
