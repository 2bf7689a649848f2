using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Recovery;

/// <summary>F-RTO: the segment after the first ACK of a timeout (RFC 5682 section 2.1, step 2 b).</summary>
[Trait("RFC", "5682 section 2.1")]
public class FrtoOutputTests
{
    private const TcpFlags Ack = TcpFlags.Ack;

    [Fact]
    [Trait("SynCookies", "never")]
    public void New_data_is_sent_before_retransmissions()
    {
        var s = AfterTimeout(noDelay: true, window: 5000);
        Assert.Equal(3001u, Next(s));
    }

    [Theory]
    [InlineData(false, 5000)]
    [InlineData(true, 2100)]
    [Trait("SynCookies", "never")]
    public void Lost_data_is_retransmitted_at_once_when_no_new_data_can_be_sent(bool noDelay, ushort window)
    {
        var s = AfterTimeout(noDelay, window);
        Assert.Equal(1001u, Next(s));
    }

    /// <summary>
    /// Three segments are in flight; the first was retransmitted after a timeout and is acknowledged. Half a segment of
    /// new data waits: for the window, or with Nagle's algorithm for the ACK of the third segment, which is small.
    /// </summary>
    private static Script AfterTimeout(bool noDelay, ushort window)
    {
        var s = new Script();
        s.Accept(mss: 1000, options: new ConnectionOptions { NoDelay = noDelay });
        s.Inject(Ack, seq: 1, ack: 1, window: 3000);
        s.Send(new byte[noDelay ? 3500 : 2500]);
        if (!noDelay)
            s.Send(new byte[500]);
        Assert.Equal(3, s.Drain());
        s.PassUntilSent(TimeSpan.FromSeconds(3));
        s.Expect(Ack, seq: 1, length: 1000);
        s.Inject(Ack, seq: 1, ack: 1001, window: window);
        return s;
    }

    private static uint Next(Script s) =>
        unchecked((s.TryDequeueSent() ?? throw new InvalidOperationException("Nothing was sent.")).Header.Seq.Value
            - s.Connection.Snd.Iss.Value);
}
