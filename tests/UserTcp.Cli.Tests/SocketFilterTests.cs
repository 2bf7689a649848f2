using UserTcp.Cli.Control;
using UserTcp.Cli.Filters;
using Xunit;

namespace UserTcp.Cli.Tests;

/// <summary>The filters of `ss` and `watch`: a subset of the grammar of ss(8).</summary>
public sealed class SocketFilterTests
{
    /// <summary>By the letter that <see cref="Rows"/> gives each.</summary>
    private static readonly (char Name, ConnectionRow Row)[] Rows =
    [
        ('L', new() { State = "LISTEN", Local = "[::]:80", Peer = "*:*" }),
        ('M', new() { State = "LISTEN", Local = "198.18.0.2:443", Peer = "*:*" }),
        ('e', new() { State = "ESTABLISHED", Local = "198.18.0.2:80", Peer = "198.18.0.1:50000" }),
        ('f', new() { State = "ESTABLISHED", Local = "198.18.0.2:7", Peer = "198.18.1.1:80" }),
        ('6', new() { State = "ESTABLISHED", Local = "[2001:db8:75::2]:80", Peer = "[2001:db8:75::1]:40000" }),
        ('s', new() { State = "SYN-SENT", Local = "198.18.0.2:1024", Peer = "198.18.0.1:22" }),
        ('r', new() { State = "SYN-RECEIVED", Local = "198.18.0.2:80", Peer = "198.18.0.1:50001" }),
        ('t', new() { State = "TIME-WAIT", Local = "198.18.0.2:80", Peer = "198.18.0.1:50002" }),
    ];

    [Theory]
    [InlineData("state established", "ef6")]
    [InlineData("state ESTABLISHED", "ef6")]
    [InlineData("state listening", "LM")]
    [InlineData("state listen state time-wait", "LMt")]
    [InlineData("state syn-recv", "r")]
    [InlineData("state all", "LMef6srt")]
    [InlineData("state connected", "ef6srt")]
    [InlineData("state synchronized", "ef6rt")]
    [InlineData("state bucket", "rt")]
    [InlineData("state big", "LMef6s")]
    [InlineData("exclude listening", "ef6srt")]
    [InlineData("state connected exclude time-wait exclude established", "sr")]
    [InlineData("", "LMef6srt")]
    [InlineData("sport = :80", "Le6rt")]
    [InlineData("sport=:80", "Le6rt")]
    [InlineData("sport :80", "Le6rt")]
    [InlineData("sport eq 80", "Le6rt")]
    [InlineData("sport = :http", "Le6rt")]
    [InlineData("sport != 80", "Mfs")]
    [InlineData("sport < :80", "f")]
    [InlineData("sport <= :80", "Lef6rt")]
    [InlineData("sport gt 443", "s")]
    [InlineData("sport >= 443", "Ms")]
    [InlineData("sport < 0", "")]
    [InlineData("dport = :22", "s")]
    [InlineData("dport = :ssh", "s")]
    [InlineData("( sport = :80 or dport = :80 )", "Lef6rt")]
    [InlineData("(sport = :80 || dport = :80) && !dst 198.18.0.1", "Lf6")]
    [InlineData("not sport = :80", "Mfs")]
    [InlineData("! ! sport = :80", "Le6rt")]
    [InlineData("dst 198.18.0.1", "esrt")]
    [InlineData("dst = 198.18.0.1", "esrt")]
    [InlineData("dst != 198.18.0.1", "LMf6")]
    [InlineData("dst 198.18.0.0/16", "efsrt")]
    [InlineData("dst 198.18.0.1:22", "s")]
    [InlineData("dst 198.18.0.0/24:50000", "e")]
    [InlineData("dst :80", "f")]
    [InlineData("dst *:80", "f")]
    [InlineData("src [2001:db8:75::2]:80", "6")]
    [InlineData("src 2001:db8:75::2", "6")]
    [InlineData("src [2001:db8:75::2]", "6")]
    [InlineData("src 2001:db8::/32", "6")]
    [InlineData("src 0.0.0.0/0", "Mefsrt")]
    [InlineData("src ::/0", "L6")]
    [InlineData("state established sport = :80 dst 198.18.0.1", "e")]
    [InlineData("sport = :80 and dport > 50000 or sport = 7", "frt")]
    [InlineData("sport = 7 or sport = :80 and dport > 50000", "frt")]
    public void A_filter_takes_what_ss_would(string filter, string taken)
    {
        Assert.True(SocketFilter.TryParse([filter], out var parsed, out var problem), problem);

        Assert.Equal(
            taken,
            string.Concat(Rows.Where(row => parsed.Matches(SocketAddresses.Of(row.Row))).Select(row => row.Name)));
    }

    [Theory]
    [InlineData("state", "'state' needs a state: closed, listen, syn-sent, *")]
    [InlineData("state establish", "'establish', word 2, is not a state (did you mean 'established'?): use closed, *")]
    [InlineData("state 7", "'7', word 2, is not a state: use closed, *")]
    [InlineData(
        "sprt = :80",
        "'sprt', word 1, is not a condition (did you mean 'sport'?): use sport, dport, src or dst, joined by and, or, "
        + "not and parentheses")]
    [InlineData("sport = :80 state established", "'state', word 4, must stand before the conditions")]
    [InlineData("not exclude listening", "'exclude', word 2, must stand before the conditions")]
    [InlineData("sport", "'sport' needs a port, such as 'sport = :80'")]
    [InlineData("sport =", "'=' needs a port, such as 'sport = :80'")]
    [InlineData(
        "sport = :65536",
        "':65536', word 3, is neither a port from 0 to 65535 nor a service of /etc/services; write it as :80 or :http")]
    [InlineData(
        "dport = :-1",
        "':-1', word 3, is neither a port from 0 to 65535 nor a service of /etc/services; write it as :80 or :http")]
    [InlineData("dst", "'dst' needs an address, such as 'dst 198.18.0.1'")]
    [InlineData("dst 198.18", "'198.18', word 2, is not an address: *")]
    [InlineData("dst 198.18.0.1/33", "'198.18.0.1/33', word 2, is not an address: *")]
    [InlineData("dst example.org", "'example.org', word 2, is not an address: *")]
    [InlineData("dst 198.18.0.1:http:80", "'198.18.0.1:http:80', word 2, is not an address: *")]
    [InlineData("src < 198.18.0.1", "'<', word 2, does not compare addresses: use = or != after src")]
    [InlineData("(", "a condition must follow '(': sport, dport, src or dst")]
    [InlineData("( sport = :80", "the '(' that is word 1 is not closed")]
    [InlineData("sport = :80 )", "')', word 4, closes a parenthesis that is not open")]
    [InlineData("sport = :80 and", "a condition must follow 'and': sport, dport, src or dst")]
    [InlineData("sport = :80 80", "'80', word 4, does not continue the filter: use and, or, or a condition")]
    [InlineData("( sport = :80 80 )", "'80', word 5, does not continue the filter: use and, or, ')' or a condition")]
    public void A_wrong_filter_is_refused_at_the_wrong_word(string filter, string problem)
    {
        Assert.False(SocketFilter.TryParse([filter], out _, out var refusal));

        // After the star the message lists all choices.
        if (problem.EndsWith('*'))
            Assert.StartsWith($"filter: {problem[..^1]}", refusal, StringComparison.Ordinal);
        else
            Assert.Equal($"filter: {problem}", refusal);
    }

    [Theory]
    [InlineData("( ", 31, true)]
    [InlineData("( ", 32, false)]
    [InlineData("! ", 31, true)]
    [InlineData("! ", 32, false)]
    [InlineData("! ", 255, false)]
    [InlineData("( ", 100_000, false)]
    public void Depth_and_length_are_bounded(string opening, int times, bool isTaken)
    {
        var filter = string.Concat(Enumerable.Repeat(opening, times)) + "sport = 80"
            + (opening == "( " ? string.Concat(Enumerable.Repeat(" )", times)) : "");

        Assert.Equal(isTaken, SocketFilter.TryParse([filter], out _, out var problem));
        Assert.Equal(isTaken, problem is null);
    }

    [Fact]
    public void Words_may_come_in_one_string_or_in_many() =>
        Assert.True(SocketFilter.TryParse(["state", "established", "( sport =", ":80 )"], out _, out _));
}
