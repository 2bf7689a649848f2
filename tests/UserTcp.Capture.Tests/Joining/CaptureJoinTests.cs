using UserTcp.Engine.Contract;

namespace UserTcp.Capture.Tests.Joining;

/// <summary>A packet has the comment of its own event, or none; and every event is in the file.</summary>
public sealed class CaptureJoinTests : IDisposable
{
    private const string InOrder = "data: 10 bytes";

    private readonly CaptureRig _rig = new();

    public void Dispose() => _rig.Dispose();

    [Fact]
    public void An_arrival_has_its_event_and_its_effects()
    {
        _rig.Happens(TraceEventKind.Call);
        _rig.Read(CaptureRig.FrameIn(1));
        _rig.Happens(CaptureRig.EventOf(CaptureRig.FrameIn(1), sent: false));
        _rig.Happens(TraceEventKind.Limit);
        _rig.Device.Read(new byte[1500]);

        Assert.Equal([(InOrder, "2 1 3")], _rig.End());
    }

    [Fact]
    public void A_departure_has_the_event_before_it()
    {
        _rig.Happens(CaptureRig.EventOf(CaptureRig.FrameOut(1), sent: true));
        _rig.Happens(TraceEventKind.Limit);
        _rig.Write(CaptureRig.FrameOut(1));
        _rig.Write(CaptureRig.FrameOut(11));

        // This thread has not used the device before the first event.
        Assert.Equal([("", "1 2"), ("", "")], _rig.End());
    }

    [Fact]
    public void A_departure_of_a_running_loop_has_its_comment()
    {
        _rig.Device.Wait(TimeSpan.Zero);
        _rig.Happens(CaptureRig.EventOf(CaptureRig.FrameOut(1), sent: true));
        _rig.Happens(TraceEventKind.Limit);
        _rig.Write(CaptureRig.FrameOut(1));

        Assert.Equal([(InOrder, "1 2")], _rig.End());
    }

    [Fact]
    public void A_frame_that_is_refused_leaves_its_event_without_a_packet()
    {
        _rig.Device.Wait(TimeSpan.Zero);
        _rig.Happens(CaptureRig.EventOf(CaptureRig.FrameOut(1), sent: true));
        Assert.False(_rig.Write(CaptureRig.FrameOut(1), accepts: false));
        _rig.Write(CaptureRig.FrameOut(1));

        Assert.Equal([("", "1")], _rig.End());
    }

    [Fact]
    public void A_looped_segment_is_not_that_of_the_next_frame()
    {
        _rig.Device.Wait(TimeSpan.Zero);
        _rig.Happens(CaptureRig.EventOf(CaptureRig.FrameOut(1), sent: true));
        _rig.Happens(CaptureRig.EventOf(CaptureRig.FrameOut(11), sent: true));
        _rig.Write(CaptureRig.FrameOut(1));
        _rig.Write(CaptureRig.FrameOut(11));

        Assert.Equal([("", "1 2"), ("", "")], _rig.End());
    }

    [Fact]
    public void Another_segment_behind_an_arrival_closes_it()
    {
        _rig.Read(CaptureRig.FrameIn(1));
        _rig.Happens(CaptureRig.EventOf(CaptureRig.FrameIn(11), sent: false));
        _rig.Happens(CaptureRig.EventOf(CaptureRig.FrameIn(1), sent: false));

        Assert.Equal([("", "1 2")], _rig.End());
    }

    [Theory]
    [InlineData(1, 11)]
    [InlineData(2, 10)]
    public void A_segment_of_other_numbers_is_another(uint seq, int payload)
    {
        _rig.Read(CaptureRig.FrameIn(1));
        _rig.Happens(CaptureRig.EventOf(CaptureRig.FrameIn(seq, payload), sent: false));

        Assert.Equal([("", "1")], _rig.End());
    }

    [Fact]
    public void The_event_of_a_frame_that_another_loop_has_handed_over_comments_nothing()
    {
        using var rig = new CaptureRig(queues: 2);
        rig.Read(CaptureRig.FrameIn(1));
        var thread = new Thread(() =>
        {
            rig.Device.Queues[1].Wait(TimeSpan.Zero);
            rig.Happens(CaptureRig.EventOf(CaptureRig.FrameIn(1), sent: false));
        });
        thread.Start();
        thread.Join();

        Assert.Equal([("", "1")], rig.End());
    }

    [Fact]
    public void What_is_no_segment_has_no_comment()
    {
        _rig.Read([0x45, 1, 2, 3]);
        _rig.Happens(CaptureRig.EventOf(CaptureRig.FrameIn(1), sent: false));

        Assert.Equal([("", "1")], _rig.End());
    }

    [Fact]
    public void Frames_of_two_queues_keep_their_order()
    {
        using var rig = new CaptureRig(queues: 2);
        rig.Read(CaptureRig.FrameIn(1));
        // Another queue's thread writes, while the event of the first frame is still to come.
        var thread = new Thread(() =>
        {
            rig.Device.Queues[1].Wait(TimeSpan.Zero);
            rig.Happens(CaptureRig.EventOf(CaptureRig.FrameOut(1, 20), sent: true));
            rig.Write(CaptureRig.FrameOut(1, 20), queue: 1);
        });
        thread.Start();
        thread.Join();
        rig.Happens(CaptureRig.EventOf(CaptureRig.FrameIn(1), sent: false));

        Assert.Equal([(InOrder, "2"), ("data: 20 bytes", "1")], rig.End());
    }

    [Fact]
    public void Events_without_packets_go_to_the_file_too()
    {
        for (var i = 0; i < 65; i++)
            _rig.Happens(TraceEventKind.Limit);

        Assert.Equal(
            [
                // One call of the reader passes both blocks.
                ("statistics", string.Join(' ', Enumerable.Range(1, 65))),
            ],
            _rig.End());
    }

    [Fact]
    public void A_frame_does_not_wait_for_ever_while_others_pass()
    {
        using var rig = new CaptureRig(queues: 2);
        rig.Read(CaptureRig.FrameIn(1));
        for (var i = 0; i < 300; i++)
            rig.Write(CaptureRig.FrameOut(1), queue: 1);
        rig.Happens(CaptureRig.EventOf(CaptureRig.FrameIn(1), sent: false));

        var packets = rig.End();
        Assert.Equal(301, packets.Count(packet => packet.Comment == ""));
    }

    [Fact]
    public void Without_its_observer_frames_are_written_at_once()
    {
        using var file = new MemoryStream();
        using var rig = new CaptureRig(observes: false, file: file);
        var before = file.Length;
        rig.Read(CaptureRig.FrameIn(1));

        Assert.True(file.Length > before);
    }
}
