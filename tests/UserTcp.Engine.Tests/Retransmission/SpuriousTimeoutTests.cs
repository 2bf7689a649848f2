using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Retransmission;

/// <summary>What goes out after a timeout that may have been for nothing (RFC 5682 section 2.1, step 2 b).</summary>
[Trait("RFC", "5682 section 2.1")]
public class SpuriousTimeoutTests
{
    private const TcpFlags Ack = TcpFlags.Ack;

    [Fact]
    [Trait("SynCookies", "never")]
    public void New_text_is_tried_before_what_is_missing()
    {
        var s = AfterTimeout(noDelay: true, window: 5000);
        Assert.Equal(3001u, Next(s));
    }

    [Theory]
    [InlineData(false, 5000)]
    [InlineData(true, 2100)]
    [Trait("SynCookies", "never")]
    public void What_is_missing_goes_out_at_once_when_new_text_is_held_back(bool noDelay, ushort window)
    {
        var s = AfterTimeout(noDelay, window);
        Assert.Equal(1001u, Next(s));
    }

    /// <summary>Three segments are in flight, and as much as half of one waits: for room, or with Nagle's algorithm for the third, which is small; the first has been sent again, and is acknowledged.</summary>
    private static Script AfterTimeout(bool noDelay, ushort window)
    {
        var s = new Script();
        s.Listen(new ConnectionOptions { NoDelay = noDelay });
        s.Inject(TcpFlags.Syn, seq: 0, options: new TcpOptions { Mss = 1000 });
        s.Expect(TcpFlags.Syn | Ack, seq: 0, ack: 1);
        s.Inject(Ack, seq: 1, ack: 1, window: 3000);
        s.AcceptWaiting();
        s.Send(new byte[noDelay ? 3500 : 2500]);
        if (!noDelay)
            s.Send(new byte[500]);
        Assert.Equal(3, s.Drain());
        s.PassUntilSent(TimeSpan.FromSeconds(3));
        s.Expect(Ack, seq: 1, length: 1000);
        s.Inject(Ack, seq: 1, ack: 1001, window: window);
        return s;
    }

    private static uint Next(Script s) => unchecked((s.TrySent() ?? throw new InvalidOperationException("Nothing was sent.")).Header.Seq.Value - s.Connection.Snd.Iss.Value);
}
