using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Congestion;

/// <summary>A congestion control of the application's own, through the public base class.</summary>
public class CustomCongestionControlTests
{
    private const int Mss = 1460;

    private readonly List<Fixed> _created = [];

    [Fact]
    public void The_engines_factory_creates_one_object_for_each_connection_that_sends()
    {
        var script = new Script(Options(segments: 3));
        script.Accept();
        Assert.Empty(_created);
        Assert.Equal("fixed", script.Engine.GetSnapshot(script.Connection).CongestionControl);

        script.Send(new byte[20 * Mss]);

        Assert.Equal(3 * Mss, SentBytes(script));
        Assert.Equal(["begin"], Assert.Single(_created).Calls);
        Assert.Equal(3 * Mss, script.Engine.GetSnapshot(script.Connection).CongestionWindow);
        script.Inject(TcpFlags.Ack, seq: 1, ack: 1 + Mss);
        Assert.Equal(["begin", "ack 1460"], _created[0].Calls);
        Assert.Equal(Mss, SentBytes(script));
    }

    [Theory]
    [InlineData(null, true, "own")]
    [InlineData(CongestionAlgorithm.Bbr, false, "bbr")]
    [InlineData(CongestionAlgorithm.Bbr, true, "own")]
    [InlineData(null, false, "fixed")]
    public void The_options_of_a_connection_override_those_of_the_engine(
        CongestionAlgorithm? algorithm, bool isOwn, string expected)
    {
        var script = new Script(Options(segments: 3));
        script.Connect(options: new ConnectionOptions
        {
            CongestionControl = algorithm,
            CustomCongestionControl = isOwn ? new CongestionControlFactory("own", _ => new Fixed(1)) : null,
        });

        Assert.Equal(expected, script.Engine.GetSnapshot(script.Connection).CongestionControl);
    }

    [Fact]
    public void A_window_below_a_segment_is_a_segment_and_one_without_end_has_a_limit()
    {
        var control = new Fixed(0);
        control.Begin(Mss, handshakeRetransmitted: false);
        Assert.Equal(Mss, control.Window);

        control.Set(long.MaxValue, long.MinValue);
        Assert.Equal((CongestionControl.MaxWindow, Mss), (control.Window, control.SlowStartThreshold));
        control.Set(Mss, Mss);
        control.SetSmss(2 * Mss);
        Assert.Equal(2 * Mss, control.Window);
    }

    [Fact]
    public void An_idle_connection_keeps_its_object_while_it_is_parked()
    {
        var script = new Script(Options(segments: 3));
        script.Accept();
        script.Send(new byte[Mss]);
        SentBytes(script);
        script.Inject(TcpFlags.Ack, seq: 1, ack: 1 + Mss);
        Assert.Equal(Mss, script.Engine.DequeueAcknowledged(script.Connection));
        script.PassMilliseconds(5000);
        Assert.True(script.Connection.IsParked || script.Engine.TryPark(script.Connection));

        script.Send(new byte[20 * Mss]);

        Assert.Equal(3 * Mss, SentBytes(script));
        Assert.Equal(["begin", "ack 1460", "idle"], Assert.Single(_created).Calls);
    }

    [Fact]
    public void An_exception_costs_its_connection_and_no_other()
    {
        var script = new Script(Options(segments: 3));
        script.Accept();
        script.Send(new byte[2 * Mss]);
        Assert.Equal(2 * Mss, SentBytes(script));
        _created[0].Fault = new InvalidOperationException("injected");

        script.Inject(TcpFlags.Ack, seq: 1, ack: 1 + Mss);

        Assert.Equal(EngineError.InternalFault, script.Connection.Error);
        Assert.True(script.Engine.TryDequeueFault(out var fault));
        Assert.Equal("injected", fault.Exception.Message);
        Assert.Equal(1, script.Engine.Counters[Counter.ConnectionFaults]);
    }

    [Fact]
    public void A_factory_that_returns_null_costs_the_connection()
    {
        var options = new EngineOptions { MaxConnectionFaults = 10 };
        options.UseCongestionControl(new CongestionControlFactory("none", _ => null!));
        var script = new Script(options);
        script.Accept();

        script.Send(new byte[Mss]);
        script.Drain();

        Assert.Equal(EngineError.InternalFault, script.Connection.Error);
        Assert.Contains("'none'", script.Connection.Fault!.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Vegas")]
    [InlineData("my control")]
    [InlineData("a-name-that-is-longer-than-the-limit")]
    public void A_name_that_ss_cannot_show_is_refused(string name)
    {
        var error = Assert.Throws<ArgumentException>(() => new CongestionControlFactory(name, _ => new Fixed(1)));

        Assert.Contains("lower-case", error.Message, StringComparison.Ordinal);
    }

    private static int SentBytes(Script script)
    {
        var bytes = 0;
        while (script.TryDequeueSent() is { } sent)
            bytes += sent.Payload.Length;
        return bytes;
    }

    private EngineOptions Options(int segments)
    {
        var options = new EngineOptions { Pacing = false, MaxConnectionFaults = 10 };
        options.UseCongestionControl(new CongestionControlFactory(
            "fixed",
            _ =>
            {
                var control = new Fixed(segments);
                _created.Add(control);
                return control;
            }));
        return options;
    }

    /// <summary>A window of a fixed number of segments.</summary>
    private sealed class Fixed(int segments) : CongestionControl
    {
        public List<string> Calls { get; } = [];

        public Exception? Fault { get; set; }

        public void Set(long window, long threshold) => (Window, SlowStartThreshold) = (window, threshold);

        public override void OnAcknowledged(in AckSample ack)
        {
            if (Fault is not null)
                throw Fault;
            Calls.Add($"ack {ack.Acknowledged}");
        }

        public override void OnCongestion(CongestionEvent what, long flightSize, MonotonicTime now) =>
            Calls.Add("loss");

        public override void OnTimeout(long flightSize, bool isFirst, MonotonicTime now) => Calls.Add("timeout");

        public override void Undo() => Calls.Add("undo");

        public override void OnIdle(MonotonicTime now) => Calls.Add("idle");

        protected override void OnBegin()
        {
            Calls.Add("begin");
            Window = segments * Smss;
        }
    }
}
