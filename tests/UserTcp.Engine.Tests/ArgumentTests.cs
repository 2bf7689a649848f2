using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests;

/// <summary>Invalid options of an engine or a connection are refused at once, with a message that names them.</summary>
public class ArgumentTests
{
    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("0.1.2.3")]
    [InlineData("127.0.0.1")]
    [InlineData("224.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::")]
    [InlineData("::1")]
    [InlineData("ff02::1")]
    [Trait("RFC", "1122 section 3.2.1.3")]
    public void An_invalid_host_address_is_refused(string address) =>
        Assert.Contains(
            address, Assert.Throws<ArgumentException>(() => new TestHost(["198.18.0.2", address])).Message,
            StringComparison.Ordinal);

    [Fact]
    public void A_host_needs_an_address() => Assert.Throws<ArgumentException>(() => new TestHost([]));

    [Theory]
    [InlineData("198.18.0.2", 67, 68)]
    [InlineData("198.18.0.2", 65_536, 65_535)]
    [InlineData("2001:db8:75::2", 1279, 1280)]
    [InlineData("2001:db8:75::2", 65_536, 65_535)]
    [Trait("RFC", "8200 section 5")]
    public void The_MTU_must_be_valid_for_the_family(string address, int wrong, int right)
    {
        Assert.Contains(
            $"{wrong}", Assert.Throws<ArgumentException>(() => Host(wrong)).Message, StringComparison.Ordinal);
        Assert.Equal(right, Host(right).Link.Mtu);

        TestHost Host(int mtu) => new(address, link: new LinkProperties(mtu));
    }

    [Fact]
    public void All_contradictory_engine_options_are_named()
    {
        var options = new EngineOptions
        {
            MinRto = TimeSpan.FromSeconds(2),
            MaxRto = TimeSpan.FromSeconds(1),
            InitialRto = TimeSpan.Zero,
        };

        var message = Assert.Throws<ArgumentException>(() => new TestHost("198.18.0.2", options)).Message;

        Assert.Contains(nameof(EngineOptions.MaxRto), message, StringComparison.Ordinal);
        Assert.Contains(nameof(EngineOptions.InitialRto), message, StringComparison.Ordinal);
    }

    /// <summary>Every option that is a time or a number.</summary>
    public static TheoryData<string> Limited =>
        [.. typeof(EngineOptions).GetProperties().Where(p => p.PropertyType != typeof(bool)).Select(p => p.Name)];

    [Theory]
    [MemberData(nameof(Limited))]
    public void Every_engine_option_has_bounds_that_its_message_names(string name)
    {
        var option = typeof(EngineOptions).GetProperty(name)!;
        foreach (var value in Extremes(Nullable.GetUnderlyingType(option.PropertyType) ?? option.PropertyType))
        {
            var options = new EngineOptions();
            option.SetValue(options, value);
            var problems = options.Validate();
            Assert.Contains(
                problems, problem => problem.Contains(name, StringComparison.Ordinal) && problem.Any(char.IsDigit));
            Assert.Contains(
                problems[0], Assert.Throws<ArgumentException>(() => new TestHost("198.18.0.2", options)).Message,
                StringComparison.Ordinal);
        }

        static object[] Extremes(Type type) => type == typeof(TimeSpan)
            ? [TimeSpan.FromTicks(-1), TimeSpan.FromDays(366), TimeSpan.MaxValue, TimeSpan.MinValue]
            : type.IsEnum ? [Enum.ToObject(type, 200)]
            : type == typeof(long) ? [-1L, long.MaxValue] : [-1, int.MaxValue];
    }

    [Theory]
    [InlineData(nameof(EngineOptions.MaxRto), "01:00:00.0000001", "01:00:00")]
    [InlineData(nameof(EngineOptions.InitialRto), "00:02:00.0000001", "00:02:00")]
    [InlineData(nameof(EngineOptions.MinRto), "00:02:00.0000001", "00:02:00")]
    [InlineData(nameof(EngineOptions.ChallengeAckInterval), "00:01:00.0000001", "00:01:00")]
    [InlineData(nameof(EngineOptions.MaxSegmentLifetime), "01:00:00.0000001", "01:00:00")]
    [Trait("RFC", "6298 section 2.5")]
    public void A_time_beyond_its_bound_is_refused_and_the_bound_is_not(string name, string beyond, string bound)
    {
        var option = typeof(EngineOptions).GetProperty(name)!;
        var options = new EngineOptions();
        option.SetValue(options, TimeSpan.Parse(beyond, null));
        Assert.Contains(bound, Assert.Single(options.Validate()), StringComparison.Ordinal);
        option.SetValue(options, TimeSpan.Parse(bound, null));
        Assert.Empty(options.Validate());
    }

    [Theory]
    [InlineData(0)]
    [InlineData((1 << 30) + 1)]
    [InlineData(int.MaxValue)]
    public void A_receive_buffer_must_fit_a_scaled_window(int bytes)
    {
        Assert.Contains(
            "ReceiveBufferSize", Refusal(() => new ConnectionOptions { ReceiveBufferSize = bytes }),
            StringComparison.Ordinal);
        Assert.Contains(
            "SendBufferSize", Refusal(() => new ConnectionOptions { SendBufferSize = bytes }),
            StringComparison.Ordinal);
        Assert.Equal(1 << 30, new ConnectionOptions { ReceiveBufferSize = 1 << 30 }.ReceiveBufferSize);

        static string Refusal(Func<ConnectionOptions> make) => Assert.Throws<ArgumentOutOfRangeException>(make).Message;
    }

    [Fact]
    public void Connection_options_have_bounds()
    {
        var zero = TimeSpan.Zero;
        var negative = TimeSpan.FromTicks(-1);
        Assert.Throws<ArgumentOutOfRangeException>(() => new ConnectionOptions { ReceiveBufferSize = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new ConnectionOptions { KeepAliveTime = zero });
        Assert.Throws<ArgumentOutOfRangeException>(() => new ConnectionOptions { KeepAliveRetryCount = 1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new ConnectionOptions { UserTimeout = negative });
        Assert.Throws<ArgumentOutOfRangeException>(() => new ConnectionOptions { LingerTime = negative });
        Assert.Throws<ArgumentOutOfRangeException>(() => new ConnectionOptions { HopLimit = 0 });
        Assert.Equal((zero, zero), (
            new ConnectionOptions { UserTimeout = zero }.UserTimeout,
            new ConnectionOptions { LingerTime = zero }.LingerTime));
    }

    [Fact]
    public void An_engine_reports_its_addresses_and_a_clock_its_time()
    {
        using var engine = new TcpEngine(
            new EngineOptions(), TestHost.Keys(1), new LinkProperties(1500),
            [new TestHost("198.18.0.2").Address], new LocalBlockPool());

        Assert.Equal("198.18.0.2", Assert.Single(engine.Addresses).ToString());
        Assert.Equal(
            ("00:00:02", "never"),
            (new MonotonicTime(2 * TimeSpan.TicksPerSecond).ToString(), MonotonicTime.Never.ToString()));
    }

    [Fact]
    public void Calls_on_a_closed_connection_change_nothing()
    {
        var script = new Script();
        script.Accept();
        script.Send("last");
        script.Abort();
        script.Drain();
        var before = script.Connection.Options;

        script.Engine.SetOptions(script.Connection, new ConnectionOptions { KeepAlive = true }, script.Now);
        script.Engine.SetUrgent(script.Connection, script.Now);

        Assert.Same(before, script.Connection.Options);
        script.AssertNothingLeft();
    }

    [Fact]
    public void The_observer_is_optional()
    {
        var script = new Script(iss: Isn.BeforeWrap, irs: Isn.BeforeHalf);
        Assert.Same(script.Host, script.Engine.Observer);
        script.Engine.Observer = null;

        script.Accept();
        script.Send("data");
        script.Expect(TcpFlags.Ack, seq: 1, data: "data");
        script.Inject(TcpFlags.Rst, seq: 1);

        Assert.Equal(TcpState.Closed, script.State);
        Assert.Empty(script.Host.Observations);
        script.AssertNothingLeft();
    }
}
