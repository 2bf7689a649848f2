using UserTcp.Cli.Netcat;
using Xunit;

namespace UserTcp.Cli.Tests;

/// <summary>Names of services, and ports on the command line of `nc`.</summary>
public sealed class ServiceNameTests
{
    [Fact]
    public void Lines_are_read_as_getservbyname_reads_them()
    {
        var names = ServiceNames.Read(
        [
            "# comment", "", "http\t80/tcp\twww web # the web", "http 81/tcp", "domain 53/udp", "bad", "worse x/tcp",
            "high 65536/tcp", "whois++ 63/tcp", "ftp-data 20/tcp",
        ]);

        Assert.Equal(
            ["http=80", "www=80", "web=80", "whois++=63", "ftp-data=20"],
            names.Select(pair => $"{pair.Key}={pair.Value}"));
    }

    [Theory]
    [InlineData("80", "80")]
    [InlineData("http", "80")]
    [InlineData("20-25", "20-25")]
    [InlineData("25-20", "20-25")]
    [InlineData("7-7", "7")]
    [InlineData("1-65535", "1-65535")]
    public void A_port_is_a_number_a_range_or_a_name(string word, string range)
    {
        Assert.True(PortRange.TryParse(word, out var parsed));
        Assert.Equal(range, parsed.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("0-5")]
    [InlineData("65536")]
    [InlineData("20-")]
    [InlineData("-20")]
    [InlineData("1-2-3")]
    [InlineData("+80")]
    [InlineData("no-such-service")]
    public void Anything_else_is_none(string word) => Assert.False(PortRange.TryParse(word, out _));

    [Fact]
    public void The_last_port_ends_a_range() =>
        Assert.Equal([65_534, 65_535], new PortRange(65_534, 65_535).Ports.Select(port => (int)port));
}
