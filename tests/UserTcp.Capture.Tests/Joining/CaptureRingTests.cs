using UserTcp.Capture.Pictures;
using UserTcp.Capture.Reading;
using UserTcp.Engine.Output;

namespace UserTcp.Capture.Tests.Joining;

/// <summary>A ring keeps the last frames with their events, and writes them as a capture.</summary>
public sealed class CaptureRingTests : IDisposable
{
    private readonly ILinkDevice _far;
    private readonly ILinkDevice _near;
    private long _number;

    public CaptureRingTests() => (_near, _far) = InMemoryLink.CreatePair();

    public void Dispose() => _far.Dispose();

    [Fact]
    public void Frames_have_their_comments_and_events()
    {
        var ring = new CaptureRing(1 << 20, 100);
        using var device = ring.Wrap(_near);
        using var user = ring.Begin();

        Read(device, ring, 1);
        Write(device, ring, 1);

        Assert.Equal([("data: 10 bytes", "1"), ("data: 10 bytes", "2")], Saved(ring));
        Assert.Equal(2, ring.Frames);
    }

    [Fact]
    public void The_oldest_frames_go_with_their_events()
    {
        var ring = new CaptureRing(1024, 100);
        using var device = ring.Wrap(_near);
        using var user = ring.Begin();

        for (var i = 0u; i < 20; i++)
            Write(device, ring, 1 + (10 * i));

        Assert.InRange(ring.Frames, 1, 16);
        Assert.Equal(20, ring.Frames + ring.DroppedFrames);
        var saved = Saved(ring);
        Assert.Equal(ring.Frames, saved.Count);
        Assert.Equal("20", saved[^1].Events);
        Assert.All(saved.Skip(1), one => Assert.Equal("data: 10 bytes", one.Comment));
    }

    [Fact]
    public void Events_are_limited_too()
    {
        var ring = new CaptureRing(1 << 20, 3);
        using var device = ring.Wrap(_near);
        using var user = ring.Begin();

        for (var i = 0u; i < 5; i++)
            Write(device, ring, 1 + (10 * i));

        Assert.Equal(["", "", "3", "4", "5"], Saved(ring).Select(one => one.Events));
    }

    [Fact]
    public void Nothing_is_kept_while_nobody_asks()
    {
        var ring = new CaptureRing(1 << 20, 100);
        using var device = ring.Wrap(_near);
        Assert.False(ring.IsReady);

        device.Write(new Emission(CaptureRig.FrameOut(1)));
        var user = ring.Begin();
        Assert.True(ring.IsReady);
        user.Dispose();
        user.Dispose();
        device.Write(new Emission(CaptureRig.FrameOut(11)));

        Assert.False(ring.IsReady);
        Assert.Equal(0, ring.Frames);
    }

    [Fact]
    public void The_connections_of_a_hidden_port_are_left_out()
    {
        var hidden = CaptureRig.EventOf(CaptureRig.FrameOut(1), sent: true).Tuple.LocalPort.Value;
        var ring = new CaptureRing(1 << 20, 100) { HiddenPort = hidden };
        using var device = ring.Wrap(_near);
        using var user = ring.Begin();

        Read(device, ring, 1);
        Write(device, ring, 1);

        Assert.Empty(Saved(ring));
    }

    private void Read(ILinkDevice device, CaptureRing ring, uint seq)
    {
        var frame = CaptureRig.FrameIn(seq);
        Assert.True(_far.Write(new Emission(frame)));
        Assert.Equal(frame.Length, device.Read(new byte[1500]));
        ring.OnEvent(CaptureRig.EventOf(frame, sent: false) with { Number = ++_number });
    }

    private void Write(ILinkDevice device, CaptureRing ring, uint seq)
    {
        var frame = CaptureRig.FrameOut(seq);
        device.Wait(TimeSpan.Zero);
        ring.OnEvent(CaptureRig.EventOf(frame, sent: true) with { Number = ++_number });
        Assert.True(device.Write(new Emission(frame)));
    }

    private static List<(string Comment, string Events)> Saved(CaptureRing ring)
    {
        using var file = new MemoryStream();
        ring.Write(file);
        var reader = CaptureReader.Open(new MemoryStream(file.ToArray()));
        var packets = new List<(string, string)>();
        while (reader.TryRead(out var packet))
        {
            packets.Add((string.Join('|', packet.Comments), string.Join(' ', packet.CustomOptions.Select(option =>
            {
                Assert.True(EventOption.TryRead(option, out var json));
                return EventParser.TryParse(json)!.Event.Number;
            }))));
        }

        Assert.Null(reader.Error);
        return packets;
    }
}
