using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using UserTcp.Kernel.Tests.Kit;
using Xunit;

namespace UserTcp.Kernel.Tests.Programs;

/// <summary>`usertcp link`: two kernels over an impaired link, and the errors when the link cannot be made.</summary>
public sealed partial class LinkCommandTests
{
    /// <summary>Payload of a full segment in octets.</summary>
    private const int Mss = 1448;

    [Theory]
    [InlineData("delay=1ms,loss=1%,reorder=2%,reorderdelay=3ms,seed=1")]
    [InlineData("dup=1%,corrupt=1%,jitter=1ms,rate=200mbit,queue=200,seed=2")]
    [InlineData("")]
    public async Task Data_arrives_both_ways(string impairment)
    {
        await using var link = await RunningLink.StartAsync("--impair", impairment);
        Assert.StartsWith("ready link0 ", link.Ready, StringComparison.Ordinal);

        await AssertTransferAsync(link, octets: 2_000_000);
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("loss=0.0001%", true)]
    public async Task Super_segments_are_split_only_for_an_impairment_per_segment(string impairment, bool isCut)
    {
        const int Octets = 20_000_000;
        await using var link = await RunningLink.StartAsync("--impair", impairment);

        await AssertTransferAsync(link, Octets);

        Assert.Equal(isCut, RunningLink.Received(link.B) > Octets / Mss);
        Assert.Equal(isCut, RunningLink.Received(link.A) > Octets / Mss);
    }

    [Fact]
    public async Task A_round_trip_is_twice_the_delay()
    {
        await using var link = await RunningLink.StartAsync("--impair", "delay=20ms");

        var times = await PingAsync(link);

        Assert.Equal(10, times.Length);
        Assert.InRange(times.Min(), 39.9, 45);
    }

    [Fact]
    public async Task Each_direction_has_its_own_impairment_name_and_addresses()
    {
        await using var link = await RunningLink.StartAsync(
            "--impair-ab", "delay=10ms", "--device", "wan%d", "--address-a", "198.18.8.1/24,2001:db8:8::1/64",
            "--address-b", "198.18.8.2/24,2001:db8:8::2/64", "--mtu", "1280", "--json");

        Assert.Equal(
            """{"event":"ready","device":"wan0","a":["198.18.8.1/24","2001:db8:8::1/64"],"b":"""
            + """["198.18.8.2/24","2001:db8:8::2/64"]}""",
            link.Ready);
        Assert.InRange((await PingAsync(link, "2001:db8:8::2")).Min(), 9.9, 15);
        Assert.Contains("mtu 1280", await link.B.RunAsync("ip", "link", "show", "wan0"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Datagrams_arrive_with_correct_checksums()
    {
        await using var link = await RunningLink.StartAsync("--impair", "delay=1ms");
        using var receiver = link.B.Inside(() => new UdpClient(new IPEndPoint(RunningLink.AddressB, 0)));
        using var sender = link.A.Inside(() => new UdpClient(new IPEndPoint(RunningLink.AddressA, 0)));
        var sent = Payload.Random(1000, seed: 5);

        await sender.SendAsync(sent, (IPEndPoint)receiver.Client.LocalEndPoint!).OrFail();

        Assert.Equal(sent, (await receiver.ReceiveAsync(TestContext.Current.CancellationToken).OrFail()).Buffer);
    }

    [Fact]
    public async Task Packets_in_a_long_queue_get_CE_instead_of_being_dropped()
    {
        await using var link = await RunningLink.StartAsync("--impair", "rate=50mbit,delay=1ms,queue=1000,ecn=10");
        foreach (var network in new[] { link.A, link.B })
            network.Inside(() => File.WriteAllText("/proc/sys/net/ipv4/tcp_ecn", "1"));

        await AssertTransferAsync(link, octets: 2_000_000);

        var columns = link.B.Inside(() => File.ReadAllLines("/proc/thread-self/net/netstat"))
            .Where(line => line.StartsWith("IpExt:", StringComparison.Ordinal)).Select(line => line.Split(' '))
            .ToArray();
        Assert.NotEqual("0", columns[1][Array.IndexOf(columns[0], "InCEPkts")]);
        Assert.Equal("0", columns[1][Array.IndexOf(columns[0], "InCsumErrors")]);
    }

    [Fact]
    public async Task What_passes_and_what_is_lost_is_a_ladder_and_a_capture()
    {
        using var folder = new TemporaryFolder();
        var capture = Path.Combine(folder.Path, "link.pcapng");
        await using var link = await RunningLink.StartAsync(
            "--impair", "drop=syn-ack:1", "--ladder", "--capture", capture);

        await AssertTransferAsync(link, octets: 100_000);
        link.Process.Signal("TERM");

        var result = await link.Process.EndAsync();
        Assert.Equal(0, result.ExitCode);
        Assert.Matches(@"SYN-SENT +x-+SYN,ACK-- SYN-RECEIVED .* the peer's segment does not arrive", result.Errors);
        Assert.Contains(
            "* the link lost SYN,ACK seq=0 len=0 of the peer: drop=syn-ack:1", result.Errors,
            StringComparison.Ordinal);
        Assert.Matches(@"SYN-SENT +--SYN-+> .*retransmission: timeout \(RTO\)", result.Errors);
        Assert.True(new FileInfo(capture).Length > 100_000);
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    public async Task A_signal_removes_both_devices(string signal)
    {
        await using var link = await RunningLink.StartAsync("--impair", "delay=1s");
        Assert.Contains("link0", RunningLink.Interfaces(link.A));
        Assert.Contains("link0", RunningLink.Interfaces(link.B));

        link.Process.Signal(signal);

        Assert.Equal(0, (await link.Process.EndAsync()).ExitCode);
        Assert.DoesNotContain("link0", RunningLink.Interfaces(link.A));
        Assert.DoesNotContain("link0", RunningLink.Interfaces(link.B));
    }

    [Fact]
    public async Task Removing_a_device_ends_the_link_with_a_message()
    {
        await using var link = await RunningLink.StartAsync("--impair", "delay=1ms");

        await link.B.RunAsync("ip", "link", "delete", "link0");

        var result = await link.Process.EndAsync();
        Assert.Equal(69, result.ExitCode);
        Assert.Equal("usertcp: Interface link0 has been removed.\n", result.Errors);
        Assert.DoesNotContain("link0", RunningLink.Interfaces(link.A));
    }

    [Theory]
    [InlineData(
        "nowhere-1", 69,
        "there is no network namespace 'nowhere-1': /run/netns/nowhere-1 is missing. Make it: sudo ip "
        + "netns add nowhere-1")]
    [InlineData(
        "2147483647", 69,
        "there is no network namespace '2147483647': neither a process of that number, nor a name in /run/netns")]
    [InlineData("/nowhere/net", 69, "there is no network namespace '/nowhere/net': no such file")]
    [InlineData(
        "/dev/null", 78, "In network namespace '/dev/null': The network namespace cannot be entered: it is none.")]
    public async Task An_unknown_namespace_is_named(string space, int code, string message)
    {
        using var folder = new TemporaryFolder();

        var result = await UserTcpCommand.RunAsync(folder, "link", "--a", space, "--b", "/proc/self/ns/net");

        Assert.Equal((code, $"usertcp: {message}\n"), (result.ExitCode, result.Errors));
    }

    [Fact]
    public async Task Missing_permission_for_a_namespace_is_reported()
    {
        using var program = new PublicProgram();
        using var network = new PrivateNetwork();
        using var child = network.Start(
            program.As(PublicProgram.Nobody, nodeIsOpen: true, "link", "--a", "/proc/self/ns/net", "--b", "1"));

        var result = await child.EndAsync();

        Assert.Equal(77, result.ExitCode);
        Assert.Equal(
            "usertcp: In network namespace '/proc/self/ns/net': The network namespace cannot be entered: this user is "
            + "not permitted. Run as root, or start the program by: unshare -Urn.\n",
            result.Errors);
    }

    private static async Task AssertTransferAsync(RunningLink link, int octets)
    {
        var (there, back) = (Payload.Random(octets, seed: 1), Payload.Random(octets, seed: 2));
        using var listener = link.B.Listen(RunningLink.AddressB);
        using var client = link.A.NewSocket(AddressFamily.InterNetwork);
        await client.ConnectAsync(listener.LocalEndPoint!).OrFail();
        using var server = await listener.AcceptAsync().OrFail();
        using var clientStream = new NetworkStream(client);
        using var serverStream = new NetworkStream(server);
        var hashes = Task.WhenAll(serverStream.HashToEndAsync(), clientStream.HashToEndAsync());
        await Task.WhenAll(client.SendAllAsync(there), server.SendAllAsync(back)).OrFail();

        Assert.Equal([Payload.Hash(there), Payload.Hash(back)], await hashes.OrFail());
    }

    /// <summary>Round trips of ten pings from a to b, in milliseconds.</summary>
    private static async Task<double[]> PingAsync(RunningLink link, string address = "198.18.7.2")
    {
        var answers = await link.A.RunAsync("ping", "-c", "10", "-i", "0.05", address);
        return [.. TimePattern().Matches(answers)
            .Select(match => double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture))];
    }

    [GeneratedRegex(@"time=([0-9.]+) ms")]
    private static partial Regex TimePattern();
}
