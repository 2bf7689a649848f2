using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Calls;

/// <summary>
/// IP header fields set by the application (RFC 9293 sections 3.9.1.9 and 3.9.2), and the report of soft errors.
/// </summary>
public sealed class IpFieldTests
{
    private static IpPacket Parse(byte[] frame) =>
        IpPacket.TryParse(frame, verifyChecksum: true, out var packet, out var error)
            ? packet
            : throw new InvalidOperationException(error.ToString());

    [Theory]
    [InlineData("4")]
    [InlineData("6")]
    [Trait("RFC9293", "MUST-48")]
    [Trait("RFC9293", "SHLD-21")]
    [Trait("RFC9293", "SHLD-22")]
    public void The_DSCP_is_on_every_segment_and_may_change(string family)
    {
        var script = new Script(family: family);
        script.Accept(options: new ConnectionOptions { TrafficClass = 0xB8 });
        script.Send("expedited");
        Assert.Equal(0xB8, Parse(script.DequeueFrame()).TrafficClass);

        script.Engine.SetOptions(
            script.Connection, new ConnectionOptions { TrafficClass = 0x2F, NoDelay = true }, script.Now);
        script.Send("background");
        Assert.Equal(0x2C, Parse(script.DequeueFrame()).TrafficClass);

        script.Abort();
        Assert.Equal(0x2C, Parse(script.DequeueFrame()).TrafficClass);
    }

    [Theory]
    [InlineData("4")]
    [InlineData("6")]
    [Trait("RFC9293", "MUST-49")]
    public void The_TTL_can_be_set_for_the_host_and_for_a_connection(string family)
    {
        var script = new Script(new EngineOptions { HopLimit = 7 }, family: family);
        script.Accept();
        script.Send("seven");
        Assert.Equal(7, Parse(script.DequeueFrame()).HopLimit);

        script.Engine.SetOptions(
            script.Connection, new ConnectionOptions { HopLimit = 255, NoDelay = true }, script.Now);
        script.Send("all");
        Assert.Equal(255, Parse(script.DequeueFrame()).HopLimit);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("RFC9293", "SHLD-20")]
    [Trait("RFC9293", "MUST-47")]
    public void Soft_errors_are_reported_unless_disabled(bool wanted)
    {
        var script = new Script();
        script.Accept(options: new ConnectionOptions { ReportsSoftErrors = wanted });
        script.Send("into the void");
        var quoted = script.DequeueFrame();

        script.InjectFrame(Frames.Icmp(
            script.Peer, script.Host.Address, IcmpV4.DestinationUnreachable, IcmpV4.CodeHostUnreachable,
            0, quoted.AsSpan(0, 28)));

        Assert.Equal(wanted, script.EventsSoFar().HasFlag(EngineEvents.SoftError));
        Assert.Equal(EngineError.HostUnreachable, script.Connection.SoftError);
        Assert.Equal(TcpState.Established, script.State);
    }
}
