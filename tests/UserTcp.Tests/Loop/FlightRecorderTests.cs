using UserTcp.Engine.Contract;
using UserTcp.Engine.Output;
using UserTcp.Faults;
using UserTcp.Wire;
using Xunit;

namespace UserTcp.Tests.Loop;

/// <summary>The flight recorder keeps the last frames, and finds those of a connection.</summary>
public sealed class FlightRecorderTests
{
    private static readonly DateTimeOffset _noon = new(2026, 11, 29, 12, 0, 0, TimeSpan.Zero);
    private static readonly IpAddress _own = IpAddress.FromIPv4(0xC612_0002);
    private static readonly IpAddress _peer = IpAddress.FromIPv4(0xC612_0001);

    [Fact]
    public void A_full_ring_has_the_last_frames_oldest_first()
    {
        var recorder = new FlightRecorder(8);
        for (ushort port = 1; port <= 20; port++)
            Inbound(recorder, Tuple(port), port);

        var frames = recorder.Find(null, 64, _noon, At(20));

        Assert.Equal(
            Enumerable.Range(13, 8), frames.Select(frame => frame.Headers.Span[20] << 8 | frame.Headers.Span[21]));
        Assert.Equal(_noon - TimeSpan.FromSeconds(7), frames[0].Time);
    }

    [Fact]
    public void A_connection_has_its_own_frames_of_both_directions()
    {
        var recorder = new FlightRecorder(64);
        for (var second = 0; second < 10; second++)
        {
            Inbound(recorder, Tuple(1000), second);
            Inbound(recorder, Tuple(2000), second);
            Outbound(recorder, Tuple(1000), second);
        }

        var frames = recorder.Find(Tuple(1000), 5, _noon, At(9));

        Assert.Equal([true, false, true, false, true], frames.Select(frame => frame.IsOutbound));
        Assert.Equal(_noon, frames[^1].Time);
    }

    [Fact]
    public void Headers_are_kept_without_data()
    {
        var recorder = new FlightRecorder(4);
        var frame = Frame(_peer, _own, new Port(1000), new Port(80), data: 1000);
        frame.AsSpan(40).Fill(0xAA);

        recorder.RecordInbound(frame, frame.Length, At(0));
        var kept = Assert.Single(recorder.Find(Tuple(1000), 64, _noon, At(0)));

        Assert.Equal((1040, 40), (kept.Length, kept.Headers.Length));
        Assert.Equal(frame[..40], kept.Headers.ToArray());
    }

    [Fact]
    public void IPv6_connections_are_found_too()
    {
        var recorder = new FlightRecorder(4);
        var (own, peer) = (IpAddress.From(System.Net.IPAddress.Parse("2001:db8:75::2")), IpAddress.From(
            System.Net.IPAddress.Parse("2001:db8:75::1")));
        var frame = Frame(peer, own, new Port(1000), new Port(80), data: 0);

        recorder.RecordInbound(frame, frame.Length, At(0));

        Assert.Single(recorder.Find(new FourTuple(own, new Port(80), peer, new Port(1000)), 64, _noon, At(0)));
        Assert.Empty(recorder.Find(new FourTuple(own, new Port(80), peer, new Port(1001)), 64, _noon, At(0)));
    }

    [Fact]
    public void Malformed_frames_are_kept_and_belong_to_no_connection()
    {
        var recorder = new FlightRecorder(512);
        var random = new Random(1);
        for (var length = 1; length <= 200; length++)
        {
            var frame = new byte[length];
            random.NextBytes(frame);
            recorder.RecordInbound(frame, length, At(0));
        }

        Assert.Equal(200, recorder.Find(null, 512, _noon, At(0)).Count);
        Assert.Empty(recorder.Find(Tuple(1000), 64, _noon, At(0)));
    }

    [Fact]
    public void Recording_allocates_nothing()
    {
        var recorder = new FlightRecorder(64);
        var frame = Frame(_peer, _own, new Port(1000), new Port(80), data: 1000);
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (var i = 0; i < 1000; i++)
            {
                recorder.RecordInbound(frame, frame.Length, At(0));
                recorder.RecordOutbound(new Emission(frame), At(0));
            }
        }));
    }

    private static MonotonicTime At(int second) => new(second * TimeSpan.TicksPerSecond);

    private static FourTuple Tuple(ushort port) => new(_own, new Port(80), _peer, new Port(port));

    private static void Inbound(FlightRecorder recorder, in FourTuple tuple, int second)
    {
        var frame = Frame(tuple.RemoteAddress, tuple.LocalAddress, tuple.RemotePort, tuple.LocalPort, data: 10);
        recorder.RecordInbound(frame, frame.Length, At(second));
    }

    private static void Outbound(FlightRecorder recorder, in FourTuple tuple, int second) =>
        recorder.RecordOutbound(
            new Emission(Frame(tuple.LocalAddress, tuple.RemoteAddress, tuple.LocalPort, tuple.RemotePort, data: 10)),
            At(second));

    private static byte[] Frame(IpAddress from, IpAddress to, Port fromPort, Port toPort, int data)
    {
        var ip = IpHeader.LengthFor(from);
        var frame = new byte[ip + TcpHeader.MinLength + data];
        IpHeader.Write(frame, from, to, IpProtocol.Tcp, TcpHeader.MinLength + data, hopLimit: 64, trafficClass: 0);
        new TcpHeader(fromPort, toPort, default, default, TcpFlags.Ack, 1000).Write(frame.AsSpan(ip), default);
        return frame;
    }
}
