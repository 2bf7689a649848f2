using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.State;

/// <summary>What an observer is told, and what it costs when it cannot take it.</summary>
public sealed class TraceTests
{
    [Theory, Trait("RFC", "4987 section 3.3")]
    [InlineData(Isn.BeforeHalf)]
    [InlineData(Isn.BeforeWrap)]
    public void A_parked_half_open_connection_reports_no_change(uint iss)
    {
        var script = new Script(iss: iss, irs: Isn.BeforeHalf, cookies: SynCookieMode.Never);
        script.Accept();

        var opened = script.Host.Trace.TakeWhile(one => one.Segment.Header.Flags != TcpFlags.Ack).ToArray();
        Assert.All(opened, one => Assert.Equal((iss, Isn.BeforeHalf), (one.Iss!.Value.Value, one.Irs!.Value.Value)));
        Assert.DoesNotContain(
            opened, one => one is { Kind: TraceEventKind.Timer, Timer.Action: TimerAction.Stopped });
        Assert.DoesNotContain(opened, one => one.Kind == TraceEventKind.Limit);
    }

    [Fact]
    public void An_observer_that_is_not_ready_is_told_how_many_events_it_has_missed()
    {
        var all = Transfer(observer: null).Host.Trace.Count;
        var some = new Selective();
        var script = Transfer(some);
        some.IsAlwaysReady = true;
        script.Engine.ReportMissedEvents();

        Assert.Equal(0, some.SeenUnready);
        Assert.Equal(all, some.Seen + some.Missed);
        Assert.True(some is { Seen: >= 20, Missed: >= 20 }, $"{some.Seen} seen, {some.Missed} missed");
    }

    /// <summary>A connection with data and losses. The observer has to see as many events each time.</summary>
    private static Script Transfer(IEngineObserver? observer)
    {
        var script = new Script(iss: Isn.BeforeWrap, irs: Isn.BeforeHalf, cookies: SynCookieMode.Never);
        script.Engine.Observer = observer ?? script.Host;
        script.Accept();
        for (uint sent = 1; sent < 40_001; sent += 10_000)
        {
            script.Send(new byte[10_000]);
            script.Drain();
            script.Inject(TcpFlags.Ack, seq: 1, ack: sent);
            script.PassMilliseconds(500);
            script.Drain();
            script.Inject(TcpFlags.Ack, seq: 1, ack: sent + 10_000);
        }

        return script;
    }

    /// <summary>Ready for ten questions, and then not ready for ten.</summary>
    private sealed class Selective : IEngineObserver
    {
        private int _asked;
        private bool _isReady;

        public bool IsAlwaysReady { get; set; }

        public int Seen { get; private set; }

        public long Missed { get; private set; }

        public int SeenUnready { get; private set; }

        public bool IsReady => _isReady = IsAlwaysReady || _asked++ % 20 < 10;

        public void OnEvent(in TraceEvent traceEvent)
        {
            Seen++;
            SeenUnready += _isReady ? 0 : 1;
        }

        public void OnMissed(long count) => Missed += count;
    }
}
