using System.Text.Json;
using UserTcp.Kernel.Tests.Kit;
using Xunit;

namespace UserTcp.Kernel.Tests.Programs;

/// <summary>Stock curl and nc against Kestrel and the services on the stack.</summary>
public sealed class CurlTests(RunningStack stack) : IClassFixture<RunningStack>
{
    private const int Large = 100 << 20;

    [Theory]
    [InlineData("198.18.0.2")]
    [InlineData("2001:db8:75::2")]
    public async Task The_page_is_served_over_either_family(string address)
    {
        var url = RunningStack.Url(System.Net.IPAddress.Parse(address), "/");

        var page = (await stack.CurlAsync("-w", "\n%{http_code} %{remote_ip}", url)).MustSucceed();

        Assert.Contains("UserTcp", page, StringComparison.Ordinal);
        Assert.EndsWith($"200 {address}", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://198.18.0.2/", "1.1")]
    [InlineData("http://198.18.0.2/", "2", "--http2-prior-knowledge")]
    [InlineData("http://[2001:db8:75::2]/", "2", "--http2-prior-knowledge")]
    [InlineData("https://198.18.0.2/", "2", "--insecure")]
    [InlineData("https://[2001:db8:75::2]/", "1.1", "--insecure", "--http1.1")]
    public async Task Both_versions_of_HTTP_are_served_with_and_without_TLS(
        string url, string version, params string[] options)
    {
        var page = (await stack.CurlAsync([.. options, "-w", "\n%{http_version}", url])).MustSucceed();

        Assert.Contains("Your connection", page, StringComparison.Ordinal);
        Assert.EndsWith($"\n{version}", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_download_continues_where_it_was_cut()
    {
        var (whole, part) = (stack["whole"], stack["part"]);
        (await stack.CurlAsync("-o", whole, "http://198.18.0.2/bytes/200k")).MustSucceed();
        (await stack.CurlAsync("-o", part, "-r", "0-100000", "http://198.18.0.2/bytes/200k")).MustSucceed();

        (await stack.CurlAsync("-o", part, "-C", "-", "http://198.18.0.2/bytes/200k")).MustSucceed();

        Assert.Equal(await HashAsync(whole), await HashAsync(part));
    }

    [Fact]
    public async Task HEAD_names_the_length()
    {
        var head = (await stack.CurlAsync("-I", "http://198.18.0.2/bytes/16G")).MustSucceed();

        Assert.Contains("Content-Length: 17179869184\r\n", head, StringComparison.Ordinal);
        Assert.Contains("Accept-Ranges: bytes\r\n", head, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_pages_share_a_connection()
    {
        var result = await stack.CurlAsync(
            "-o", "/dev/null", "-o", "/dev/null", "-w", "%{num_connects} %{local_port}\n", "http://198.18.0.2/",
            "http://198.18.0.2/bytes/10");

        var lines = result.MustSucceed().Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(' '))
            .ToArray();
        Assert.Equal(["1", "0"], lines.Select(line => line[0]));
        Assert.Equal(lines[0][1], lines[1][1]);
    }

    [Fact]
    public async Task A_large_download_and_its_upload_have_the_same_hash()
    {
        var file = stack["download"];
        (await stack.CurlAsync("-o", file, $"http://198.18.0.2/bytes/{Large}")).MustSucceed();
        Assert.Equal(Large, new FileInfo(file).Length);
        var hash = await HashAsync(file);

        var receipt = (await stack.CurlAsync("-T", file, "http://[2001:db8:75::2]/bytes/up")).MustSucceed();

        using var document = JsonDocument.Parse(receipt);
        Assert.Equal(Large, document.RootElement.EnumerateObject()
            .First(property => property.Value.ValueKind == JsonValueKind.Number).Value
            .GetInt64());
        Assert.Equal(hash, document.RootElement.EnumerateObject()
            .First(property => property.Value.ValueKind == JsonValueKind.String).Value
            .GetString());
    }

    [Fact]
    public async Task Fifty_transfers_at_once_all_arrive()
    {
        const int Transfers = 50;
        var result = await stack.CurlAsync(
            "--no-progress-meter", "--parallel", "--parallel-immediate", "--parallel-max", "50", "-w",
            "%{size_download} %{num_connects}\n", "-o", stack["part_#1"],
            $"http://198.18.0.2/bytes/200000?[1-{Transfers}]");

        var lines = result.MustSucceed().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(Transfers, lines.Length);
        Assert.All(lines, line => Assert.StartsWith("200000 ", line, StringComparison.Ordinal));
        var hashes = await Task.WhenAll(
            Enumerable.Range(1, Transfers).Select(part => HashAsync(stack[$"part_{part}"])));
        Assert.Single(hashes.Distinct());
    }

    [Theory]
    [InlineData("198.18.0.2", Large)]
    [InlineData("2001:db8:75::2", Large / 4)]
    public async Task An_echo_is_complete_and_ends_with_the_half_close(string address, int octets)
    {
        var data = Payload.Random(octets, seed: 7);
        using var nc = stack.Network.Start(new ChildOptions("nc", "-N", "-w", "20", address, "7") { Input = data });

        var result = await nc.EndAsync();

        Assert.Equal(0, result.ExitCode);
        Assert.Equal(Payload.Hash(data), Payload.Hash(result.Output));
    }

    [Fact]
    public async Task Daytime_is_sent_without_a_request()
    {
        using var nc = stack.Network.Start("nc", "-d", "-w", "10", "198.18.0.2", "13");

        Assert.Contains("20", (await nc.EndAsync()).MustSucceed(), StringComparison.Ordinal);
    }

    private static async Task<string> HashAsync(string file)
    {
        await using var stream = File.OpenRead(file);
        return await stream.HashToEndAsync();
    }
}
