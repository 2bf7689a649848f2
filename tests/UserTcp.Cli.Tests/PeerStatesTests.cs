using UserTcp.Capture.Explaining;
using UserTcp.Cli.Hosting;
using UserTcp.Engine.Contract;
using Xunit;

namespace UserTcp.Cli.Tests;

/// <summary>States that the kernel has said join the events of their segments.</summary>
public sealed class PeerStatesTests
{
    private readonly PeerStates _states = new();

    [Fact]
    public void A_sent_segment_has_the_state_behind_it()
    {
        _states.Record(7, TcpState.CloseWait);

        var explained = _states.Complete(Segment(7, isSent: true));

        Assert.Equal(TcpState.CloseWait, explained.PeerState);
        Assert.True(explained.IsPeerStateRead);
    }

    [Fact]
    public void A_segment_that_has_arrived_is_only_confirmed()
    {
        _states.Record(7, TcpState.TimeWait);
        _states.Record(8, TcpState.FinWait1);

        Assert.False(_states.Complete(Segment(7, isSent: false)).IsPeerStateRead);
        Assert.True(_states.Complete(Segment(8, isSent: false)).IsPeerStateRead);
    }

    [Fact]
    public void A_state_is_only_for_its_own_event()
    {
        _states.Record(7, TcpState.CloseWait);
        // Its place in the ring is the same.
        _states.Record(7 + (1 << 14), TcpState.Closed);

        Assert.False(_states.Complete(Segment(7, isSent: true)).IsPeerStateRead);
    }

    [Fact]
    public void They_are_asked_for_as_long_as_somebody_reads()
    {
        Assert.False(_states.IsRead);
        var reader = _states.AddReader();
        Assert.True(_states.IsRead);
        reader.Dispose();
        reader.Dispose();
        Assert.False(_states.IsRead);
    }

    private static ExplainedEvent Segment(long number, bool isSent) => new()
    {
        Event = new TraceEvent
        {
            Number = number,
            Kind = TraceEventKind.Segment,
            Time = MonotonicTime.Zero,
            Tuple = default,
            Segment = new SegmentObservation
            {
                Time = MonotonicTime.Zero,
                Sent = isSent,
                Tuple = default,
                Header = default,
                PayloadLength = 0,
                Window = 0,
                Before = TcpState.Established,
                After = TcpState.Established,
            },
        },
        Phrases = [],
        PeerState = TcpState.FinWait1,
    };
}
