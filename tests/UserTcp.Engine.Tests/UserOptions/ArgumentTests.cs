using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.UserOptions;

/// <summary>What no engine and no connection can be made from is refused at once, and the message says what it is.</summary>
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
    public void A_host_cannot_have_an_address_that_nobody_can_have(string address) =>
        Assert.Contains(address, Assert.Throws<ArgumentException>(() => new TestHost(["198.18.0.2", address])).Message, StringComparison.Ordinal);

    [Fact]
    public void A_host_has_an_address() => Assert.Throws<ArgumentException>(() => new TestHost([]));

    [Theory]
    [InlineData("198.18.0.2", 67, 68)]
    [InlineData("198.18.0.2", 65_536, 65_535)]
    [InlineData("2001:db8:75::2", 1279, 1280)]
    [InlineData("2001:db8:75::2", 65_536, 65_535)]
    [Trait("RFC", "8200 section 5")]
    public void An_MTU_is_one_that_the_family_can_have(string address, int wrong, int right)
    {
        Assert.Contains($"{wrong}", Assert.Throws<ArgumentException>(() => Host(wrong)).Message, StringComparison.Ordinal);
        Assert.Equal(right, Host(right).Link.Mtu);

        TestHost Host(int mtu) => new(address, link: new LinkProperties(mtu));
    }

    [Fact]
    public void Engine_options_that_contradict_each_other_are_all_named()
    {
        var options = new EngineOptions { MinRto = TimeSpan.FromSeconds(2), MaxRto = TimeSpan.FromSeconds(1), InitialRto = TimeSpan.Zero };

        var message = Assert.Throws<ArgumentException>(() => new TestHost("198.18.0.2", options)).Message;

        Assert.Contains(nameof(EngineOptions.MaxRto), message, StringComparison.Ordinal);
        Assert.Contains(nameof(EngineOptions.InitialRto), message, StringComparison.Ordinal);
    }

    /// <summary>Every time and number among the options.</summary>
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
            Assert.Contains(problems, problem => problem.Contains(name, StringComparison.Ordinal) && problem.Any(char.IsDigit));
            Assert.Contains(problems[0], Assert.Throws<ArgumentException>(() => new TestHost("198.18.0.2", options)).Message, StringComparison.Ordinal);
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
    public void A_connections_buffer_is_one_that_a_window_can_tell_of(int octets)
    {
        Assert.Contains("ReceiveBufferSize", Refusal(() => new ConnectionOptions { ReceiveBufferSize = octets }), StringComparison.Ordinal);
        Assert.Contains("SendBufferSize", Refusal(() => new ConnectionOptions { SendBufferSize = octets }), StringComparison.Ordinal);
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
        Assert.Equal((zero, zero), (new ConnectionOptions { UserTimeout = zero }.UserTimeout, new ConnectionOptions { LingerTime = zero }.LingerTime));
    }

    [Fact]
    public void A_host_tells_its_addresses_and_a_clock_its_time()
    {
        using var engine = new TcpEngine(
            new EngineOptions(), TestHost.Keys(1), new LinkProperties(1500), [new TestHost("198.18.0.2").Address], new LocalBlockPool());

        Assert.Equal("198.18.0.2", Assert.Single(engine.Addresses).ToString());
        Assert.Equal(("00:00:02", "never"), (new MonotonicTime(2 * TimeSpan.TicksPerSecond).ToString(), MonotonicTime.Never.ToString()));
    }

    [Fact]
    public void Nothing_changes_for_a_connection_that_has_ended()
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
    public void Nobody_has_to_watch()
    {
        var script = new Script(iss: Corners.Wrap, irs: Corners.Sign);
        Assert.Same(script.Host, script.Engine.Observer);
        script.Engine.Observer = null;

        script.Accept();
        script.Send("text");
        script.Expect(TcpFlags.Ack, seq: 1, data: "text");
        script.Inject(TcpFlags.Rst, seq: 1);

        Assert.Equal(TcpState.Closed, script.State);
        Assert.Empty(script.Host.Observations);
        script.AssertNothingLeft();
    }
}
