using System.Text;
using UserTcp.Cli.Services.Iperf3;
using Xunit;

namespace UserTcp.Cli.Tests;

/// <summary>The client's JSON: what is in it is checked before anything is done with it.</summary>
public sealed class Iperf3ParametersTests
{
    [Theory]
    [InlineData("""{"udp":true}""", Iperf3Error.NotImplemented)]
    [InlineData("""{"tcp":true,"udp":true}""", Iperf3Error.NotImplemented)]
    [InlineData("""{"tcp":false}""", Iperf3Error.NotImplemented)]
    [InlineData("""{"a":{"tcp":true}}""", Iperf3Error.NotImplemented)]
    [InlineData("""{"\u0074cp":true}""", Iperf3Error.NotImplemented)]
    [InlineData("""{"tcp":"\ud800"}""", Iperf3Error.ReceiveParameters)]
    [InlineData("""{"tcp":[]}""", Iperf3Error.ReceiveParameters)]
    [InlineData("""{"tcp":true,"reverse":2}""", Iperf3Error.ReceiveParameters)]
    [InlineData("null", Iperf3Error.ReceiveParameters)]
    [InlineData("[1,2]", Iperf3Error.ReceiveParameters)]
    [InlineData("", Iperf3Error.ReceiveParameters)]
    [InlineData("{{{{", Iperf3Error.ReceiveParameters)]
    [InlineData("""{"tcp":true}{}""", Iperf3Error.ReceiveParameters)]
    [InlineData("""{"tcp":true} x""", Iperf3Error.ReceiveParameters)]
    [InlineData("""{"tcp":true,"time":NaN}""", Iperf3Error.ReceiveParameters)]
    [InlineData("""{"tcp":true,"time":1e999,"bandwidth":1e999}""", Iperf3Error.Duration)]
    [InlineData("""{"tcp":true,"time":"x"}""", Iperf3Error.Duration)]
    [InlineData("""{"tcp":true,"time":-1}""", Iperf3Error.Duration)]
    [InlineData("""{"tcp":true,"time":[1]}""", Iperf3Error.Duration)]
    [InlineData("""{"tcp":true,"omit":{}}""", Iperf3Error.Omit)]
    [InlineData("""{"tcp":true,"parallel":-5}""", Iperf3Error.StreamCount)]
    [InlineData("""{"tcp":true,"parallel":1e18}""", Iperf3Error.StreamCount)]
    [InlineData("""{"tcp":true,"parallel":null}""", Iperf3Error.StreamCount)]
    [InlineData("""{"tcp":true,"len":0}""", Iperf3Error.BlockSize)]
    [InlineData("""{"tcp":true,"TOS":-1}""", Iperf3Error.TypeOfService)]
    [InlineData("""{"tcp":true,"num":-1}""", Iperf3Error.EndConditions)]
    [InlineData("""{"tcp":true,"blockcount":1e300}""", Iperf3Error.EndConditions)]
    [InlineData("""{"tcp":true,"bandwidth":-1}""", Iperf3Error.ReceiveParameters)]
    [InlineData("""{"tcp":true,"bandwidth":1e999}""", Iperf3Error.ReceiveParameters)]
    [InlineData("""{"tcp":true,"bandwidth":"fast"}""", Iperf3Error.ReceiveParameters)]
    public void What_cannot_be_is_refused_with_its_number(string json, object error) =>
        Assert.Equal(error, Iperf3Parameters.TryParse(Encoding.UTF8.GetBytes(json), out _));

    [Theory]
    [InlineData("[", 60_000)]
    [InlineData("[", 5_000)]
    [InlineData("{\"a\":", 900)]
    [InlineData("{\"tcp\":", 63)]
    public void Depth_is_no_danger(string piece, int count) => Assert.Equal(
        Iperf3Error.ReceiveParameters,
        Iperf3Parameters.TryParse(Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(piece, count))), out _));

    [Fact]
    public void Names_and_values_that_are_not_Unicode_are_ignored_or_refused()
    {
        foreach (var member in new[]
        {
            "\"\\ud800\":1", "\"x\":\"\\udfff\"", "\"\u00ff\u00fe\":1", "\"\\u0000\":{\"tcp\":[\"\\ud8\u00fe\"]}"
        })
        {
            Assert.True(Iperf3Parameters.TryParse(Encoding.Latin1.GetBytes($$"""{"tcp":true,{{member}}}"""), out _)
                is Iperf3Error.None or Iperf3Error.ReceiveParameters);
        }
    }

    [Fact]
    public void The_stock_clients_parameters_are_taken()
    {
        var json = """
            {"tcp":true,"omit":2,"time":10,"num":0,"blockcount":0,"MSS":1400,"parallel":4,"reverse":true,"len":131072,"bandwidth":1000000,
             "pacing_timer":1000,"TOS":16,"client_version":"3.12","title":"a"}
            """u8;

        Assert.Equal(Iperf3Error.None, Iperf3Parameters.TryParse(json, out var parameters));
        Assert.Equal(
            (4, 4, true, false),
            (parameters.Streams, parameters.Connections, parameters.IsReverse, parameters.IsBidirectional));
        Assert.Equal(
            (TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(2), 131_072),
            (parameters.Duration, parameters.Omit, parameters.BlockSize));
        Assert.Equal((1e6, (byte)16), (parameters.Rate, parameters.TypeOfService));
        Assert.Equal(131_072 * 8 / 1e6, parameters.SecondsBetweenBlocks);
    }

    [Fact]
    public void A_rate_next_to_nothing_is_no_danger()
    {
        Assert.Equal(
            Iperf3Error.None, Iperf3Parameters.TryParse("""{"tcp":true,"bandwidth":1e-300}"""u8, out var parameters));
        Assert.True(parameters.SecondsBetweenBlocks > 1e300);
    }

    [Fact]
    public void Nothing_throws_and_nothing_out_of_bounds_gets_through()
    {
        var random = new Random(3);
        var good = Encoding.ASCII.GetBytes(
            """{"tcp":true,"omit":0,"time":10,"num":0,"parallel":1,"reverse":false,"len":131072,"bandwidth":"""
            + """1e6,"TOS":0,"x":["\u00e9",{"y":-1.5e3}]}""");
        for (var round = 0; round < 20_000; round++)
        {
            var json = (byte[])good.Clone();
            for (var change = random.Next(5); change >= 0; change--)
                json[random.Next(json.Length)] = (byte)random.Next(256);

            var error = Iperf3Parameters.TryParse(json.AsSpan(0, json.Length - random.Next(2)), out var parameters);

            Assert.True(Enum.IsDefined(error));
            Assert.InRange(parameters.Streams, 1, 128);
            Assert.InRange(parameters.BlockSize, 1, 1 << 20);
            Assert.InRange(parameters.Duration, TimeSpan.Zero, TimeSpan.FromDays(1));
            Assert.InRange(parameters.Omit, TimeSpan.Zero, TimeSpan.FromMinutes(1));
            Assert.InRange(parameters.Rate, 0, 1e15);
        }
    }
}
