using System.Net;
using System.Net.NetworkInformation;
using UserTcp.Kernel.Tests.Kit;
using UserTcp.Tun;
using Xunit;

namespace UserTcp.Kernel.Tests.Tun;

/// <summary>Interfaces are created with their options and removed without leftovers.</summary>
public sealed class TunDeviceTests : IDisposable
{
    private readonly PrivateNetwork _network = new();

    public void Dispose() => _network.Dispose();

    [Fact]
    public void Disposing_a_device_removes_its_interface()
    {
        using (var device = Open(new TunDeviceOptions { Name = "ut0" }))
        {
            Assert.Equal("ut0", device.Name);
            Assert.Equal(1500, device.Properties.Mtu);
            Assert.True(device.Properties is { ChecksumOffload: true, SegmentationOffload: true });
            Assert.Equal(device.InterfaceIndex.ToString(Invariant), Ask("ut0", "ifindex"));
            Assert.Contains("ut0", Interfaces());
        }

        Assert.DoesNotContain("ut0", Interfaces());
    }

    [Fact]
    public void A_template_takes_the_next_free_name()
    {
        using var first = Open(new TunDeviceOptions { Name = "ut%d" });
        using var second = Open(new TunDeviceOptions { Name = "ut%d" });

        Assert.Equal("ut0", first.Name);
        Assert.Equal("ut1", second.Name);
        first.Dispose();
        using var third = Open(new TunDeviceOptions { Name = "ut%d" });
        Assert.Equal("ut0", third.Name);
    }

    [Theory]
    [InlineData(68)]
    [InlineData(576)]
    [InlineData(1280)]
    [InlineData(9000)]
    [InlineData(65_535)]
    public void The_MTU_is_set(int mtu)
    {
        using var device = Open(new TunDeviceOptions { Mtu = mtu });

        Assert.Equal(mtu, device.Properties.Mtu);
        Assert.Equal(mtu.ToString(Invariant), Ask("ut0", "mtu"));
    }

    [Fact]
    public void The_kernel_has_its_addresses_at_once_and_the_link_is_up()
    {
        using var device = Open(With("198.18.0.1/24", "10.9.8.7/32", "2001:db8:75::1/64", "fd00::5/128"));

        Assert.True(IsUp("ut0"));
        var addresses = Addresses("ut0");
        Assert.Contains(("198.18.0.1", 24), addresses);
        Assert.Contains(("10.9.8.7", 32), addresses);
        Assert.Contains(("2001:db8:75::1", 64), addresses);
        Assert.Contains(("fd00::5", 128), addresses);
        // No duplicate address detection: a socket can bind at once.
        using var socket = _network.Listen(IPAddress.Parse("2001:db8:75::1"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_IPv6_address_is_in_service_when_the_device_is_open(bool isAddedLater)
    {
        var address = TunAddress.Parse("2001:db8:75::1/64");
        for (var round = 0; round < 20; round++)
        {
            using var network = new PrivateNetwork();
            network.Inside(() =>
            {
                using var device = TunDevice.Open(isAddedLater ? new TunDeviceOptions() : With("2001:db8:75::1/64"));
                if (isAddedLater)
                    device.AddKernelAddress(address);
                using var netlink = new UserTcp.Tun.Netlink.RouteNetlink();
                Assert.Equal(0, netlink.IsLocal(address, out var isLocal));
                Assert.True(isLocal);
            });
        }
    }

    [Fact]
    public void A_link_stays_down_on_request()
    {
        using var device = Open(new TunDeviceOptions { BringUp = false });

        Assert.False(IsUp("ut0"));
    }

    [Fact]
    public void An_address_may_already_be_set()
    {
        using var device = Open(With("198.18.0.1/24", "2001:db8:75::1/64"));

        _network.Inside(() => device.AddKernelAddress(TunAddress.Parse("198.18.0.1/24")));
        _network.Inside(() => device.AddKernelAddress(TunAddress.Parse("2001:db8:75::1/64")));
        _network.Inside(() => device.AddKernelAddress(TunAddress.Parse("198.18.0.9/24")));

        Assert.Single(Addresses("ut0"), address => address.Address == "198.18.0.1");
        Assert.Single(Addresses("ut0"), address => address.Address == "2001:db8:75::1");
        Assert.Contains(("198.18.0.9", 24), Addresses("ut0"));
    }

    [Theory]
    [InlineData("ut%d", 1)]
    [InlineData("ut%d", 3)]
    [InlineData("ut0", 16)]
    public void An_interface_has_its_number_of_queues_and_ends_with_the_first(string name, int queues)
    {
        using (var device = Open(new TunDeviceOptions { Name = name, Queues = queues }))
        {
            Assert.Equal(queues, device.Queues.Count);
            Assert.Same(device, device.Queues[0]);
            Assert.All(
                device.Queues, queue => Assert.Equal(("ut0", device.Properties), (queue.Name, queue.Properties)));
            Assert.Single(Interfaces(), found => found.StartsWith("ut", StringComparison.Ordinal));
        }

        Assert.DoesNotContain("ut0", Interfaces());
    }

    [Fact]
    public async Task A_device_attaches_to_a_persistent_interface_with_several_queues()
    {
        await _network.RunAsync("ip", "tuntap", "add", "dev", "keep0", "mode", "tun", "multi_queue");
        await _network.RunAsync("ip", "link", "set", "keep0", "up");

        for (var queues = 4; queues > 1; queues--)
        {
            using var device = Open(new TunDeviceOptions { Name = "keep0", Queues = queues });
            Assert.Equal(queues, device.Queues.Count);
        }

        Assert.Contains("keep0", Interfaces());
    }

    [Fact]
    public async Task A_device_attaches_to_a_persistent_interface_and_leaves_it_there()
    {
        await _network.RunAsync("ip", "tuntap", "add", "dev", "keep0", "mode", "tun");
        await _network.RunAsync("ip", "link", "set", "keep0", "up", "mtu", "1400");
        await _network.RunAsync("ip", "address", "add", "198.18.0.1/24", "dev", "keep0");

        var options = With("198.18.0.1/24");
        (options.Name, options.Mtu) = ("keep0", 1400);
        for (var repeat = 0; repeat < 2; repeat++)
        {
            using var device = Open(options);
            Assert.Equal("keep0", device.Name);
        }

        Assert.Contains("keep0", Interfaces());
        Assert.Single(Addresses("keep0"), address => address.Address == "198.18.0.1");
    }

    [Fact]
    public async Task A_prepared_interface_needs_no_privilege()
    {
        Need.Root();
        await _network.RunAsync("ip", "tuntap", "add", "dev", "mine0", "mode", "tun");
        await _network.RunAsync("ip", "link", "set", "mine0", "up");
        await _network.RunAsync("ip", "address", "add", "198.18.0.1/24", "dev", "mine0");
        await _network.RunAsync("ip", "address", "add", "2001:db8:75::1/64", "dev", "mine0", "nodad");
        using var runtime = new TemporaryFolder();

        // Without CAP_NET_ADMIN the program can attach to this interface only.
        var options = UserTcpCommand.Options(
            runtime, "nc", "-l", "5000", "-w", "0.2", "--device", "mine0", "--address", "198.18.0.2", "--peer",
            "198.18.0.1/24,2001:db8:75::1/64");
        using var child = _network.Start(options with
        {
            Program = "setpriv",
            Arguments = ["--bounding-set=-net_admin", "--inh-caps=-net_admin", options.Program, .. options.Arguments],
        });

        Assert.Contains("nobody connected in time", (await child.EndAsync()).Errors, StringComparison.Ordinal);
    }

    private static readonly IFormatProvider Invariant = System.Globalization.CultureInfo.InvariantCulture;

    private static TunDeviceOptions With(params string[] addresses)
    {
        var options = new TunDeviceOptions();
        foreach (var address in addresses)
            options.KernelAddresses.Add(TunAddress.Parse(address));
        return options;
    }

    private TunDevice Open(TunDeviceOptions options) => _network.Inside(() => TunDevice.Open(options));

    /// <summary>A field of an interface from ip(8): /sys shows the namespace of its mount.</summary>
    private string Ask(string name, string field)
    {
        using var document = System.Text.Json.JsonDocument.Parse(Ip("link", "show", "dev", name));
        return document.RootElement[0].GetProperty(field).GetRawText();
    }

    private bool IsUp(string name)
    {
        using var document = System.Text.Json.JsonDocument.Parse(Ip("link", "show", "dev", name));
        return document.RootElement[0].GetProperty("flags").EnumerateArray().Any(flag => flag.GetString() == "UP");
    }

    private (string Address, int PrefixLength)[] Addresses(string name)
    {
        using var document = System.Text.Json.JsonDocument.Parse(Ip("address", "show", "dev", name));
        return [.. document.RootElement[0].GetProperty("addr_info").EnumerateArray()
            .Select(info => (info.GetProperty("local").GetString()!, info.GetProperty("prefixlen").GetInt32()))];
    }

    private string[] Interfaces() => _network.Inside(() =>
        NetworkInterface.GetAllNetworkInterfaces().Select(found => found.Name).ToArray());

    private string Ip(params string[] arguments) =>
        _network.RunAsync("ip", ["-json", .. arguments]).GetAwaiter().GetResult();
}
