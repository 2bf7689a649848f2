using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Calls;

/// <summary>The user timeout option on the wire (RFC 5482).</summary>
public class AdvertisedUserTimeoutTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(300, 300)]
    [InlineData(32_767, 32_767)]
    [InlineData(32_768, 0x8000 | 547)]
    [InlineData(32_767 * 60, 0xFFFF)]
    [Trait("RFC", "5482 section 3")]
    public void The_option_is_in_seconds_while_they_fit_and_in_minutes_beyond(int seconds, int wire)
    {
        Assert.Equal(wire, UserTimeoutOption.Encode(TimeSpan.FromSeconds(seconds)));
        Assert.True(UserTimeoutOption.Decode((ushort)wire) >= TimeSpan.FromSeconds(seconds));
        Assert.Null(UserTimeoutOption.Decode(0));
        Assert.Null(UserTimeoutOption.Decode(0x8000));
    }

    /// <summary>
    /// ADV_UTO (0: none), REMOTE_UTO (0: none) and USER_TIMEOUT in seconds; the limits are 100 and 3,600, the default
    /// is 900.
    /// </summary>
    [Theory]
    [InlineData(200, 300, 300)]
    [InlineData(300, 200, 300)]
    [InlineData(10, 20, 100)]
    [InlineData(200, 7200, 3600)]
    [InlineData(200, 0, 900)]
    [InlineData(0, 200, 900)]
    [Trait("RFC", "5482 section 3.1")]
    public void The_max_of_both_timeouts_applies_within_limits(int advertised, int remote, int expected)
    {
        foreach (var inSyn in new[] { true, false })
        {
            Assert.InRange(
                GivenUpAfter(advertised, remote, inSyn, own: null), TimeSpan.FromSeconds(expected),
                TimeSpan.FromSeconds(expected + 1));
        }
    }

    [Fact]
    [Trait("RFC", "5482 section 3.1")]
    public void A_user_timeout_set_by_the_application_is_not_changed() =>
        Assert.InRange(
            GivenUpAfter(200, 300, inSyn: true, own: 50), TimeSpan.FromSeconds(50), TimeSpan.FromSeconds(51));

    [Theory]
    [MemberData(nameof(Isn.FamilyPairs), MemberType = typeof(Isn))]
    public void The_option_is_sent_on_both_SYNs_and_on_an_ACK_after_a_change(string family, uint iss, uint irs)
    {
        var options = new ConnectionOptions { AdvertisedUserTimeout = TimeSpan.FromSeconds(200) };
        var s = new Script(family: family, iss: iss, irs: irs, cookies: SynCookieMode.Never);
        s.Listen(options);
        s.Inject(TcpFlags.Syn, seq: 0);
        Assert.Equal((ushort)200, s.Expect(TcpFlags.Syn | TcpFlags.Ack, seq: 0).Options.UserTimeout);
        s.Inject(TcpFlags.Ack, seq: 1, ack: 1);
        s.AcceptWaiting();
        s.Engine.SetOptions(s.Connection, options with { AdvertisedUserTimeout = TimeSpan.FromSeconds(400) }, s.Now);
        Assert.Equal((ushort)400, s.Expect(TcpFlags.Ack, seq: 1, ack: 1).Options.UserTimeout);
        s.Send("data");
        Assert.Null(s.Expect(TcpFlags.Ack, seq: 1, data: "data").Options.UserTimeout);
    }

    [Fact]
    public void The_option_is_off_by_default()
    {
        var s = new Script(cookies: SynCookieMode.Never);
        s.Listen();
        s.Inject(TcpFlags.Syn, seq: 0, options: new TcpOptions { UserTimeout = 200 });
        Assert.Null(s.Expect(TcpFlags.Syn | TcpFlags.Ack, seq: 0).Options.UserTimeout);
    }

    private static TimeSpan GivenUpAfter(int advertised, int remote, bool inSyn, int? own)
    {
        var s = new Script(cookies: SynCookieMode.Never);
        s.Listen(new ConnectionOptions
        {
            AdvertisedUserTimeout = advertised == 0 ? null : TimeSpan.FromSeconds(advertised),
            UserTimeout = own is { } limit ? TimeSpan.FromSeconds(limit) : null,
        });
        var option = new TcpOptions { UserTimeout = remote == 0 ? null : (ushort)remote };
        s.Inject(TcpFlags.Syn, seq: 0, options: inSyn ? option : default);
        s.Expect(TcpFlags.Syn | TcpFlags.Ack, seq: 0);
        s.Inject(TcpFlags.Ack, seq: 1, ack: 1, options: inSyn ? default : option);
        s.AcceptWaiting();
        s.Send("data");
        var start = s.Now;
        while (s.State != TcpState.Closed)
            s.PassMilliseconds(500);
        Assert.Equal(EngineError.TimedOut, s.Connection.Error);
        return s.Now - start;
    }
}
