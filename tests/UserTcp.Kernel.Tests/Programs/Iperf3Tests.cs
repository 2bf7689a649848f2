using System.Text.Json;
using UserTcp.Kernel.Tests.Kit;
using Xunit;

namespace UserTcp.Kernel.Tests.Programs;

/// <summary>The stock iperf3 client against the stack.</summary>
public sealed class Iperf3Tests : IAsyncLifetime
{
    private readonly RunningStack _stack = new();

    public ValueTask InitializeAsync() => _stack.InitializeAsync();

    public ValueTask DisposeAsync() => _stack.DisposeAsync();

    [Fact]
    public async Task Every_kind_of_test_has_results()
    {
        AssertMoved(await MeasureAsync("-n", "20M"), "sum_sent", min: 20 << 20);
        AssertMoved(await MeasureAsync("-n", "20M", "-R"), "sum_received", min: 20 << 20);
        AssertMoved(await MeasureAsync("-n", "20M", "-P", "4"), "sum_sent", min: 20 << 20);
        // The client counts blocks by its reads, which may be fewer than one here.
        AssertMoved(await MeasureAsync("-k", "100", "-l", "4K", "-R", "-P", "2"), "sum_received", min: 100 << 8);
        AssertMoved(await MeasureAsync("-t", "1", "-O", "1", "-R", "-b", "80M"), "sum_received", min: 1 << 20);
        var both = await MeasureAsync("-t", "1", "--bidir", "-P", "2");
        AssertMoved(both, "sum_sent", min: 1 << 20);
        AssertMoved(both, "sum_sent_bidir_reverse", min: 1 << 20);
        AssertMoved(await MeasureAsync("-6", "-c", "2001:db8:75::2", "-n", "5M"), "sum_sent", min: 5 << 20);
    }

    [Fact]
    public async Task The_server_counts_what_the_client_sends()
    {
        var end = await MeasureAsync("-n", "10M", "-b", "400M");

        // The last octets may still be in flight when the client asks.
        Assert.InRange(Octets(end, "sum_received"), 9 << 20, Octets(end, "sum_sent"));
    }

    [Fact]
    public async Task UDP_is_refused_with_a_sentence_and_a_killed_client_makes_way()
    {
        using var udp = Start("-u", "-t", "1");
        Assert.Contains("not implemented", (await udp.EndAsync()).Errors, StringComparison.Ordinal);
        using (var killed = Start("-t", "60", "-i", "0.2", "--forceflush"))
        {
            await killed.FirstLineAsync();
            killed.Signal("KILL");
            await killed.EndAsync();
        }

        AssertMoved(await MeasureAsync("-n", "1M"), "sum_sent", min: 1 << 20);
    }

    private static void AssertMoved(JsonElement end, string sum, long min) =>
        Assert.InRange(Octets(end, sum), min, long.MaxValue);

    private static long Octets(JsonElement end, string sum) => end.GetProperty(sum).GetProperty("bytes").GetInt64();

    private Child Start(params string[] arguments) =>
        _stack.Network.Start("iperf3", ["-c", "198.18.0.2", "-i", "0", .. arguments]);

    /// <summary>The client's report. The server may still be busy with the test before.</summary>
    private async Task<JsonElement> MeasureAsync(params string[] arguments)
    {
        while (true)
        {
            using var client = Start(["-J", .. arguments]);
            var result = await client.EndAsync();
            using var document = JsonDocument.Parse(result.Output);
            if (document.RootElement.TryGetProperty("error", out var error)
                && error.GetString()!.Contains("busy", StringComparison.Ordinal))
            {
                continue;
            }

            result.MustSucceed();
            return document.RootElement.GetProperty("end").Clone();
        }
    }
}
