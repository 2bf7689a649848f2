using System.Xml.Linq;
using UserTcp.Capture.Explaining;
using UserTcp.Capture.Pictures;
using UserTcp.Capture.Tests.Pictures.Kit;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Capture.Tests.Pictures;

/// <summary>Time-sequence graphs.</summary>
public sealed class TimeSequencePictureTests
{
    public static TheoryData<string, int, DataDirection> Pictures
    {
        get
        {
            var data = new TheoryData<string, int, DataDirection>();
            foreach (var name in Recordings.All.Keys)
            {
                foreach (var width in new[] { TimeSequenceOptions.MinWidth, 400, 1200 })
                {
                    data.Add(name, width, DataDirection.Out);
                    data.Add(name, width, DataDirection.In);
                }
            }

            return data;
        }
    }

    [Theory]
    [InlineData("transfer", 1200, DataDirection.Out)]
    [InlineData("loss", 400, DataDirection.Out)]
    [InlineData("timeout", 400, DataDirection.In)]
    public void Pictures_are_as_committed(string name, int width, DataDirection direction) => Golden.Compare(
        $"tests/UserTcp.Capture.Tests/Pictures/Golden/time-sequence-{name}-{width}.svg",
        TimeSequencePicture.Draw(
            Recordings.All[name]().Events, new TimeSequenceOptions { Width = width, Direction = direction }));

    [Theory]
    [MemberData(nameof(Pictures))]
    public void Pictures_are_well_formed_and_alone(string name, int width, DataDirection direction)
    {
        var drawing = new Drawing(TimeSequencePicture.Draw(
            Recordings.All[name]().Events,
            new TimeSequenceOptions { Width = width, Direction = direction, Title = "<script>&" }));

        Assert.Equal("<script>&", drawing.Title);
        Assert.Empty(drawing.Of("script"));
        Assert.DoesNotContain(
            drawing.Root.DescendantsAndSelf().Attributes(),
            attribute => attribute.Name.LocalName.StartsWith("on", StringComparison.Ordinal)
                || attribute.Name.LocalName == "href");
        Assert.DoesNotContain("NaN", drawing.Root.ToString(), StringComparison.Ordinal);
        Assert.All(drawing.Boxes(), box => Assert.True(
            box.Left >= 0 && box.Right <= drawing.Width && box.Bottom <= drawing.Height, $"{box} is cut"));
    }

    [Fact]
    public void A_loss_has_its_signs()
    {
        var data = new TimeSequenceData(Recordings.Loss().Events, DataDirection.Out);

        // The SYN, eight segments and the FIN.
        Assert.Equal(10, data.Data.Count);
        Assert.Equal((1449, 2897), (Assert.Single(data.Lost).From, data.Lost[0].To));
        Assert.Equal((1449, 2897), (Assert.Single(data.Retransmissions).From, data.Retransmissions[0].To));
        Assert.Contains(data.Sacks, sack => sack is { From: 2897, To: 11585 });
        Assert.Equal(11586, data.Acks[^1].Value);
        Assert.Equal("fast recovery", Assert.Single(data.Recoveries).Name);
        Assert.Equal(0.1, data.Recoveries[0].From, 3);
        Assert.Equal(0.14, data.Recoveries[0].To, 3);
    }

    [Fact]
    public void A_closed_window_limits_the_sender()
    {
        var data = new TimeSequenceData(Recordings.ZeroWindow().Events, DataDirection.Out);

        Assert.Contains(
            data.Limits, stretch => stretch.Name == "peer's window" && stretch.To - stretch.From > 2.5);
        Assert.Contains(data.Window, point => point.Value == 0);
        Assert.Equal(data.Acks.Single(ack => ack.Time == data.Edges[^1].Time).Value, data.Acks[^1].Value);
        Assert.Empty(data.Retransmissions);
    }

    [Fact]
    public void Duplicate_ACKs_have_ticks_and_never_move_the_line_back()
    {
        var data = new TimeSequenceData(Recordings.Transfer().Events, DataDirection.Out);

        Assert.NotEmpty(data.DuplicateAcks);
        Assert.Equal(4, data.Lost.Count);
        Assert.True(data.Retransmissions.Count >= 4);
        Assert.Equal(data.Acks.Select(ack => ack.Value).Order(), data.Acks.Select(ack => ack.Value));
    }

    [Fact]
    public void Data_of_the_peer_has_our_ACKs_and_our_window()
    {
        var data = new TimeSequenceData(Recordings.Timeout().Events, DataDirection.In);

        Assert.Equal((1, 301), (Assert.Single(data.Lost).From, data.Lost[0].To));
        Assert.Equal(301, data.Acks[^1].Value);
        Assert.True(data.Edges[^1].Value > 1_000_000);
        Assert.Empty(data.Cwnd);
        Assert.NotEmpty(data.Window);
    }

    [Fact]
    public void Sequence_numbers_go_on_beyond_2_to_the_32nd()
    {
        var explainer = new EventExplainer();
        var events = new List<ExplainedEvent>();
        const uint Step = (1u << 30) + 5000;
        for (uint i = 0; i < 6; i++)
            events.Add(explainer.Explain(Segment(new SeqNum(unchecked(7 + (i * Step))))));

        var data = new TimeSequenceData(events, DataDirection.Out);

        Assert.Equal(5.0 * Step, data.Data[^1].From);
    }

    [Fact]
    public void Events_beyond_the_limit_are_counted()
    {
        var events = Recordings.Transfer().Events;
        var drawing = new Drawing(TimeSequencePicture.Draw(events, new TimeSequenceOptions { MaxEvents = 100 }));
        var left = $"{events.Count - 100} later events are left out";
        Assert.Contains(left, drawing.Description, StringComparison.Ordinal);
        Assert.Equal($"time ({left})", drawing.Words[^1]);
    }

    [Fact]
    public void Nothing_is_a_picture_too()
    {
        var drawing = new Drawing(TimeSequencePicture.Draw([]));
        Assert.Equal("A connection without events", drawing.Title);
    }

    [Fact]
    public void Sizes_have_limits()
    {
        Assert.Throws<ArgumentOutOfRangeException>(
            () => TimeSequencePicture.Draw([], new TimeSequenceOptions { Width = 100 }));
        Assert.Throws<ArgumentOutOfRangeException>(
            () => TimeSequencePicture.Draw([], new TimeSequenceOptions { MaxEvents = 0 }));
    }

    [Theory]
    [InlineData(0, 1, 500, 100, "0 0.2 0.4 0.6 0.8 1")]
    [InlineData(0, 370, 400, 100, "0 100 200 300")]
    [InlineData(0, 0.0073, 300, 100, "0 0.005")]
    public void Ticks_are_nice(double min, double max, double pixels, double distance, string expected) =>
        Assert.Equal(
            expected,
            string.Join(' ', new Axis(min, max, 0, pixels).Ticks(distance).Select(tick => $"{tick:0.####}")));

    [Fact]
    public void Values_have_units()
    {
        Assert.Equal(["0 B", "1.5 kB", "2 MB", "3 GB"], new[] { 0, 1500, 2e6, 3e9 }.Select(Axis.Bytes));
        Assert.Equal(["0", "250 µs", "1.5 ms", "2 s"], new[] { 0, 250e-6, 1.5e-3, 2 }.Select(Axis.Seconds));
    }

    private static TraceEvent Segment(SeqNum seq)
    {
        var tuple = new FourTuple(
            IpAddress.FromIPv4(0xC612_0002), new Port(1), IpAddress.FromIPv4(0xC612_0001), new Port(2));
        return new TraceEvent
        {
            Kind = TraceEventKind.Segment,
            Time = default,
            Tuple = tuple,
            Iss = new SeqNum(7),
            Segment = new SegmentObservation
            {
                Time = default,
                Sent = true,
                Tuple = tuple,
                Header = new TcpHeader(new Port(1), new Port(2), seq, default, TcpFlags.Ack, 100),
                PayloadLength = 1000,
                Window = 100,
                Before = TcpState.Established,
                After = TcpState.Established,
                Reason = SegmentReason.Data,
            },
        };
    }
}
