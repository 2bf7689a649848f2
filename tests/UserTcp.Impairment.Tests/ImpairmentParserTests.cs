namespace UserTcp.Impairment.Tests;

/// <summary>Parsing and formatting of impairments, and the messages for invalid ones.</summary>
public class ImpairmentParserTests
{
    [Fact]
    public void Every_name_sets_its_value()
    {
        const string All =
            "loss=1%,burst=0.5%,burstlength=12,delay=20ms,jitter=5ms,reorder=2%,reorderdelay=500us,dup=1.5%,"
            + "corrupt=0.1%,replay=3%,replayage=2s,rate=50mbit,queue=100,ecn=30,mtu=1280,seed=7";

        var impairment = LinkImpairment.Parse(All);

        Assert.Equal(
            new LinkImpairment
            {
                Loss = 0.01,
                Burst = 0.005,
                BurstLength = 12,
                Delay = TimeSpan.FromMilliseconds(20),
                Jitter = TimeSpan.FromMilliseconds(5),
                Reorder = 0.02,
                ReorderDelay = TimeSpan.FromMicroseconds(500),
                Duplicate = 0.015,
                Corrupt = 0.001,
                Replay = 0.03,
                ReplayAge = TimeSpan.FromSeconds(2),
                Rate = 50_000_000,
                Queue = 100,
                Ecn = 30,
                Mtu = 1280,
                Seed = 7,
            },
            impairment);
        Assert.Equal(impairment, LinkImpairment.Parse(impairment.ToString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" , ")]
    [InlineData("loss=0%")]
    public void An_empty_string_is_no_impairment(string text) =>
        Assert.Equal(LinkImpairment.None, LinkImpairment.Parse(text));

    [Theory]
    [InlineData("rate=64kbit", 64_000)]
    [InlineData("rate=1gbit", 1_000_000_000)]
    [InlineData(" rate = 1.5mbit ", 1_500_000)]
    public void A_rate_has_a_unit(string text, long rate) => Assert.Equal(rate, LinkImpairment.Parse(text).Rate);

    [Theory]
    [InlineData("los=1%", "'los' is not an impairment: use loss, ")]
    [InlineData("loss", "'loss' has no value: write loss= and a percentage")]
    [InlineData("loss=1%,loss=2%", "'loss' is given twice")]
    [InlineData("loss=1", "'1' does not fit loss=: it takes a percentage from 0% to 100%, such as 1%")]
    [InlineData("loss=101%", "'101%' does not fit loss=")]
    [InlineData("loss=-1%", "'-1%' does not fit loss=")]
    [InlineData("loss=NaN%", "'NaN%' does not fit loss=")]
    [InlineData("delay=20", "'20' does not fit delay=: it takes a time up to an hour, such as 20ms")]
    [InlineData("delay=2h", "'2h' does not fit delay=")]
    [InlineData("delay=9999s", "'9999s' does not fit delay=")]
    [InlineData("delay=99999999999999999999s", "'99999999999999999999s' does not fit delay=")]
    [InlineData("rate=99999999999999999999gbit", "'99999999999999999999gbit' does not fit rate=")]
    [InlineData("rate=fast", "'fast' does not fit rate=: it takes a rate of 1kbit or more, such as 64kbit")]
    [InlineData("rate=0kbit", "'0kbit' does not fit rate=")]
    [InlineData("queue=0", "'0' does not fit queue=: it takes a number of packets")]
    [InlineData("ecn=0", "'0' does not fit ecn=: it takes a number of packets")]
    [InlineData("burstlength=0", "'0' does not fit burstlength=: it takes a number of packets")]
    [InlineData("mtu=67", "'67' does not fit mtu=: it takes a number of bytes from 68")]
    [InlineData("seed=x", "'x' does not fit seed=: it takes a whole number")]
    public void An_invalid_string_gets_a_message_that_names_the_problem_and_the_valid_form(string text, string expected)
    {
        Assert.False(LinkImpairment.TryParse(text, out _, out var problem));
        Assert.StartsWith(expected, problem, StringComparison.Ordinal);
        Assert.Equal(problem, Assert.Throws<FormatException>(() => LinkImpairment.Parse(text)).Message);
    }

    [Fact]
    public void A_property_refuses_an_invalid_value()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new LinkImpairment { Loss = 1.1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new LinkImpairment { Delay = TimeSpan.FromTicks(-1) });
        Assert.Throws<ArgumentOutOfRangeException>(() => new LinkImpairment { Rate = 0 });
    }
}
