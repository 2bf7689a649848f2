using System.Text;
using UserTcp.Impairment;
using Xunit;

namespace UserTcp.Testing.Tests;

/// <summary>What faults do to packets, and what they tell.</summary>
public sealed class FaultTests
{
    [Theory]
    [InlineData("drop data:2 from server", 1)]
    [InlineData("duplicate data from server", 10)]
    [InlineData("corrupt data:1 from server", 1)]
    [InlineData("delay 50ms data:1-2 from server", 2)]
    [InlineData("drop data:3/2 from server:80 to client", 2)]
    [InlineData("drop fin:1", 1)]
    [InlineData("drop syn-ack:1", 1)]
    [InlineData("drop ack-of-fin:1 to server", 1)]
    [InlineData("drop seq:3000 from server", 1)]
    [InlineData("drop ack:1-2 to server", 2)]
    [InlineData("drop packet larger than 1000 from server for 100ms", 1)]
    [InlineData("drop from client to server after 3ms for 20ms", 1)]
    public Task Data_arrives_in_spite_of_a_fault(
        string rule, int minStrikes) => VirtualNetwork.RunAsync(async network =>
        {
            var fault = network.AddFault(rule);

            Assert.Equal(20_000, (await DownloadAsync(network)).Length);

            Assert.True(fault.Strikes.Count >= minStrikes, $"{fault.Strikes.Count} strikes");
        });

    [Fact]
    public Task What_is_held_arrives_when_it_is_released() => VirtualNetwork.RunAsync(async network =>
    {
        var fault = network.AddFault("hold data:1 from server");
        var downloading = DownloadAsync(network);
        await Task.Delay(TimeSpan.FromMilliseconds(100), network.TimeProvider);
        Assert.Equal(1, fault.Held);

        fault.Release();
        await downloading;

        Assert.Equal(0, fault.Held);
    });

    [Fact]
    public Task A_partition_heals() => VirtualNetwork.RunAsync(async network =>
    {
        network.AddHost("server");
        network.AddHost("client");
        var partition = network.Partition("server", "client");
        var downloading = DownloadAsync(network);
        await Task.Delay(TimeSpan.FromSeconds(5), network.TimeProvider);
        Assert.False(downloading.IsCompleted);

        partition.Dispose();

        Assert.Equal(20_000, (await downloading).Length);
        Assert.InRange(network.Elapsed, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(8));
    });

    [Fact]
    public Task A_crash_tells_nobody_and_loses_everything() => VirtualNetwork.RunAsync(async network =>
    {
        var server = network.AddHost("server");
        await server.StartAsync(async host => await EchoServer.StartAsync(host));
        await using var client = await network.AddHost("client").ConnectAsync("server", 7);
        network.AddFault("crash server on data:2 from client");
        await EchoAsync(client, "one");

        await client.GetStream().WriteAsync("two"u8.ToArray());
        await Task.Delay(TimeSpan.FromSeconds(1), network.TimeProvider);
        Assert.False(server.IsUp);
        await server.RestartAsync();

        // The new stack knows nothing of the connection.
        var error = await Assert.ThrowsAsync<IOException>(async () =>
            await client.GetStream().ReadExactlyAsync(new byte[3]));
        Assert.Contains("reset", error.Message, StringComparison.OrdinalIgnoreCase);
        await using var again = await network.GetHost("client").ConnectAsync("server", 7);
        await EchoAsync(again, "three");
    });

    [Fact]
    public Task Hosts_behind_two_switches_reach_each_other() => VirtualNetwork.RunAsync(async network =>
    {
        var far = network.AddSwitch("far");
        var link = network.Connect(network.DefaultSwitch, far, LinkImpairment.Parse("delay=10ms"));
        network.AddHost("server", new VirtualHostOptions { Switch = far });

        Assert.Equal(20_000, (await DownloadAsync(network)).Length);

        Assert.True(network.Elapsed > TimeSpan.FromMilliseconds(44));
        Assert.NotEqual(0, link.Inbound.Counters.Delivered);
    });

    [Theory]
    [InlineData(
        "",
        "\"\" is no action. A rule begins with one of: drop, duplicate, corrupt, hold, delay TIME, crash HOST on, "
        + "kill HOST on.")]
    [InlineData("lose data", "\"lose\" is no action.")]
    [InlineData(
        "drop dta:3",
        "\"dta:3\" is neither a kind of packet (packet, syn, syn-ack, ack, data, fin, ack-of-fin, rst, retransmission, "
        + "seq:N) nor one of: from HOST")]
    [InlineData("drop seq", "\"\" is no relative sequence number from 1 to 4294967295.")]
    [InlineData("drop data:0", "\"0\" is no number from 1 on.")]
    [InlineData("drop data:3-1", "\"3-1\" ends before it begins.")]
    [InlineData("drop data:1-2-3", "\"1-2-3\" are no numbers of packets")]
    [InlineData("drop data from", "HOST is missing at the end.")]
    [InlineData("delay 3 data", "\"3\" is no time below a day such as 20ms, 1.5s or 2m.")]
    [InlineData("crash api data:2", "\"data:2\" stands where \"on\" is needed.")]
    [InlineData("drop data to api:70000", "70000 is no port.")]
    public async Task A_rule_that_is_not_valid_says_why(string rule, string problem)
    {
        FormatException? error = null;
        await VirtualNetwork.RunAsync(network =>
        {
            error = Assert.Throws<FormatException>(() => network.AddFault(rule));
            return Task.CompletedTask;
        });

        Assert.StartsWith($"The fault \"{rule}\" is not valid: ", error!.Message, StringComparison.Ordinal);
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("drop data from clint", "clint", "It has client, server. Did you mean client?")]
    [InlineData("drop data to server.test", "server.test", "It has client, server. Did you mean server?")]
    [InlineData("drop data to 10.0.0.1", "10.0.0.1", "It has client, server. Did you mean server?")]
    [InlineData("crash database on fin:99", "database", "It has client, server.")]
    public async Task A_rule_that_names_no_host_fails_the_test(string rule, string name, string others)
    {
        var result = await VirtualNetwork.TryRunAsync(
            network =>
            {
                network.AddFault(rule).Optional();
                return DownloadAsync(network);
            },
            new VirtualNetworkOptions { Captures = null });

        var error = Assert.IsType<VirtualNetworkException>(result.Error);
        Assert.Equal(VirtualFailureKind.UnknownHost, error.Kind);
        Assert.Equal($"The fault \"{rule}\" names {name}, and the network has no such host. {others}", error.Message);
    }

    [Fact]
    public async Task A_crash_of_no_host_ends_the_test()
    {
        var result = await VirtualNetwork.TryRunAsync(
            network =>
            {
                network.AddFault("crash sever on data:1");
                return DownloadAsync(network);
            },
            new VirtualNetworkOptions { Captures = null });

        Assert.Equal(VirtualFailureKind.UnknownHost, Assert.IsType<VirtualNetworkException>(result.Error).Kind);
    }

    [Fact]
    public async Task A_partition_from_no_host_fails_the_test()
    {
        var result = await VirtualNetwork.TryRunAsync(
            network =>
            {
                network.Partition("client", "srever");
                return DownloadAsync(network);
            },
            new VirtualNetworkOptions { Captures = null });

        Assert.EndsWith("Did you mean server?", result.Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_report_says_that_a_fault_which_never_struck_names_no_host()
    {
        var result = await VirtualNetwork.TryRunAsync(
            network =>
            {
                network.AddHost("api");
                network.AddFault("drop to apy");
                throw new InvalidDataException("mine");
            },
            new VirtualNetworkOptions { Captures = null });

        Assert.Contains(
            "  never: drop to apy\n    The fault \"drop to apy\" names apy, and the network has no such host. It has "
            + "api. Did you mean api?", result.Report, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_report_of_a_shrunk_run_says_how_to_run_it_again()
    {
        var options = new VirtualNetworkOptions
        {
            Impairment = LinkImpairment.Parse("loss=5%,delay=5ms"),
            Captures = null,
        };
        var search = await VirtualExploration.RunSeedsAsync(SlowAsync, options, seeds: 200);
        var failure = Assert.IsType<VirtualResult>(search.Failure);
        Assert.DoesNotContain("OnlyFaults", failure.Report, StringComparison.Ordinal);
        var shrunk = await VirtualExploration.ShrinkAsync(SlowAsync, failure);

        var line = shrunk.Report!.Split('\n').Single(line => line.StartsWith("Run it again", StringComparison.Ordinal));
        var faults = line.Split('"')[1];
        Assert.Equal(
            $"Run it again: new VirtualNetworkOptions {{ Seed = {failure.Options.Seed}, OnlyFaults = "
            + $"VirtualFaultList.Parse(\"{faults}\") }}",
            line);
        var again = await VirtualNetwork.TryRunAsync(
            SlowAsync,
            options with { Seed = failure.Options.Seed, OnlyFaults = VirtualFaultList.Parse(faults) });
        Assert.Equal(shrunk.Trace.WireHash, again.Trace.WireHash);
        Assert.Equal(shrunk.Strikes, again.Strikes);

        static Task SlowAsync(VirtualNetwork network)
        {
            network.AddFault("delay 1ms data:2/7 from server");
            return MustBeFastAsync(network);
        }
    }

    [Theory]
    [InlineData("none", 0)]
    [InlineData("loss@0:3:1", 1)]
    [InlineData("reorder@2:14:20000,rule@1:0", 2)]
    public void A_list_of_faults_is_read_as_it_was_written(string text, int count)
    {
        var list = VirtualFaultList.Parse(text);

        Assert.Equal(count, list.Count);
        Assert.Equal(text, list.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("loss")]
    [InlineData("loss@1:2")]
    [InlineData("loss@-1:2:3")]
    [InlineData("0@1:2:3")]
    [InlineData("rule@1")]
    [InlineData("rule@1:2:3")]
    [InlineData("rule@9999999999:1")]
    [InlineData("loss@0:3:1,")]
    public void What_is_no_list_of_faults_is_refused(string text)
    {
        Assert.False(VirtualFaultList.TryParse(text, out _));
        Assert.Throws<FormatException>(() => VirtualFaultList.Parse(text));
    }

    [Fact]
    public async Task A_failing_seed_shrinks_to_one_rule_that_fails_alone()
    {
        var options = new VirtualNetworkOptions
        {
            Impairment = LinkImpairment.Parse("loss=5%,delay=5ms"),
            Captures = null,
        };

        var search = await VirtualExploration.RunSeedsAsync(MustBeFastAsync, options, seeds: 200);
        var failure = Assert.IsType<VirtualResult>(search.Failure);
        var shrunk = await VirtualExploration.ShrinkAsync(MustBeFastAsync, failure);

        Assert.Equal(failure.Options.Seed, (ulong)search.Runs);
        var strike = Assert.Single(shrunk.Strikes);
        var rule = Assert.IsType<string>(strike.Rule);
        var alone = await VirtualNetwork.TryRunAsync(
            network =>
            {
                network.AddFault(rule);
                return MustBeFastAsync(network);
            },
            options with { Seed = failure.Options.Seed, Impairment = LinkImpairment.Parse("delay=5ms") });
        Assert.Equal(shrunk.Error!.Message, alone.Error?.Message);
    }

    private static async Task MustBeFastAsync(VirtualNetwork network)
    {
        await DownloadAsync(network);
        Assert.True(network.Elapsed < TimeSpan.FromMilliseconds(500), "slow");
    }

    private static async Task<byte[]> DownloadAsync(VirtualNetwork network)
    {
        await using var listener = await network.GetOrAddHost("server").ListenAsync(80);
        var serving = ServeAsync(listener);
        await using var client = await network.GetOrAddHost("client").ConnectAsync("server", 80);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes("go"));
        using var received = new MemoryStream();
        await client.GetStream().CopyToAsync(received);
        client.CompleteWrites();
        await serving;
        return received.ToArray();
    }

    private static async Task ServeAsync(UserTcpListener listener)
    {
        await using var connection = await listener.AcceptConnectionAsync();
        await connection.GetStream().ReadExactlyAsync(new byte[2]);
        await connection.GetStream().WriteAsync(new byte[20_000]);
        connection.CompleteWrites();
        Assert.Equal(0, await connection.GetStream().ReadAsync(new byte[1]));
    }

    private static async Task EchoAsync(UserTcpConnection connection, string text)
    {
        var bytes = Encoding.ASCII.GetBytes(text);
        await connection.GetStream().WriteAsync(bytes);
        var echo = new byte[bytes.Length];
        await connection.GetStream().ReadExactlyAsync(echo);
        Assert.Equal(bytes, echo);
    }
}
