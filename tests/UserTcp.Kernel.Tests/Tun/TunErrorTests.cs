using UserTcp.Kernel.Tests.Kit;
using UserTcp.Tun;
using UserTcp.Tun.Netlink;
using Xunit;
using static Tmds.Linux.LibC;

namespace UserTcp.Kernel.Tests.Tun;

/// <summary>Messages for what the kernel refuses name the cause and the remedy.</summary>
public sealed class TunErrorTests : IDisposable
{
    private readonly PrivateNetwork _network = new();

    public void Dispose() => _network.Dispose();

    [Fact]
    public void A_name_in_use_is_reported()
    {
        using var device = _network.Inside(() => TunDevice.Open(new TunDeviceOptions { Name = "ut0" }));

        var error = Refused(new TunDeviceOptions { Name = "ut0" });

        Assert.Equal(TunFailure.NameInUse, error.Reason);
        Assert.Contains("ut0 is in use", error.Message, StringComparison.Ordinal);
        Assert.Contains("ut%d", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_interface_that_another_process_has_open_is_refused()
    {
        using var device = _network.Inside(() => TunDevice.Open(new TunDeviceOptions { Name = "ut0", Queues = 2 }));

        var error = Refused(new TunDeviceOptions { Name = "ut0", Queues = 2 });

        Assert.Equal(TunFailure.NameInUse, error.Reason);
        Assert.Contains("ut0 is in use", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_single_queue_interface_is_reported()
    {
        await _network.RunAsync("ip", "tuntap", "add", "dev", "one0", "mode", "tun");
        await _network.RunAsync("ip", "tuntap", "add", "dev", "many0", "mode", "tun", "multi_queue");

        var error = Refused(new TunDeviceOptions { Name = "one0", Queues = 2 });

        Assert.Equal(TunFailure.Configuration, error.Reason);
        Assert.Contains("no TUN device with several queues", error.Message, StringComparison.Ordinal);
        Assert.Contains(
            "sudo ip tuntap add dev one0 mode tun multi_queue user", error.Message, StringComparison.Ordinal);
        Assert.Contains(
            "no TUN device with a single queue", Refused(new TunDeviceOptions { Name = "many0" }).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(257)]
    public void An_invalid_number_of_queues_is_refused(int queues)
    {
        var error = Refused(new TunDeviceOptions { Queues = queues });

        Assert.Equal(TunFailure.Configuration, error.Reason);
        Assert.Contains("1 to 256", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a_name_of_16_char")]
    [InlineData("with/slash")]
    [InlineData("bl\u00e4")]
    [InlineData("zero\0")]
    [InlineData("lo")]
    public void An_invalid_name_is_refused(string name)
    {
        foreach (var queues in new[] { 1, 2 })
        {
            var error = Refused(new TunDeviceOptions { Name = name, Queues = queues });

            Assert.Equal(TunFailure.Configuration, error.Reason);
            Assert.Contains("cannot be the name", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_missing_device_node_is_reported()
    {
        var error = Refused(new TunDeviceOptions { ClonePath = "/dev/net/no-such-node" });

        Assert.Equal(TunFailure.DeviceMissing, error.Reason);
        Assert.StartsWith("/dev/net/no-such-node is missing", error.Message, StringComparison.Ordinal);
        Assert.Contains("modprobe tun", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_node_that_is_no_TUN_device_is_reported()
    {
        var error = Refused(new TunDeviceOptions { ClonePath = "/dev/null" });

        Assert.Equal(TunFailure.DeviceMissing, error.Reason);
        Assert.Contains("is not the TUN clone device", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(67, null, "67 is not between 68 and 65535")]
    [InlineData(65_536, null, "65536 is not between 68 and 65535")]
    [InlineData(1279, "2001:db8:75::1/64", "too small for 2001:db8:75::1/64: IPv6 needs 1280")]
    public void An_invalid_MTU_is_refused(int mtu, string? address, string message)
    {
        var options = new TunDeviceOptions { Mtu = mtu };
        if (address is not null)
            options.KernelAddresses.Add(TunAddress.Parse(address));

        var error = Refused(options);

        Assert.Equal(TunFailure.Configuration, error.Reason);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task IPv6_that_is_switched_off_is_said_to_be_off()
    {
        await _network.RunAsync("sysctl", "-q", "-w", "net.ipv6.conf.default.disable_ipv6=1");
        var options = new TunDeviceOptions();
        options.KernelAddresses.Add(TunAddress.Parse("2001:db8:75::1/64"));

        var error = Refused(options);

        Assert.Equal(TunFailure.Configuration, error.Reason);
        Assert.Contains("IPv6 is switched off", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_refused_address_leaves_no_interface_behind()
    {
        var options = new TunDeviceOptions { Name = "ut7" };
        options.KernelAddresses.Add(TunAddress.Parse("198.18.0.1/24"));
        options.KernelAddresses.Add(TunAddress.Parse("ff02::1/64"));
        _network.Inside(() => Assert.ThrowsAny<TunException>(() =>
        {
            using var device = TunDevice.Open(options);
        }));

        using var again = _network.Inside(() => TunDevice.Open(new TunDeviceOptions { Name = "ut7" }));
        Assert.Equal("ut7", again.Name);
    }

    [Theory]
    [InlineData("dev", 77, "may not be created by this user")]
    [InlineData("node", 77, "may not be opened by this user")]
    public async Task A_missing_privilege_is_reported_with_the_remedy(string what, int exitCode, string message)
    {
        using var folder = new TemporaryFolder();
        using var program = new PublicProgram();
        using var child = _network.Start(program.As(PublicProgram.Nobody, nodeIsOpen: what == "dev", "up"));

        var result = await child.EndAsync();

        Assert.Contains(message, result.Errors, StringComparison.Ordinal);
        Assert.Contains("sudo", result.Errors, StringComparison.Ordinal);
        Assert.Equal(exitCode, result.ExitCode);
    }

    [Fact]
    public void Netlink_reports_the_kernels_errors()
    {
        _network.Inside(() =>
        {
            using var netlink = new RouteNetlink();
            Assert.Equal(ENODEV, netlink.GetLink("none0", out _));
            Assert.Equal(ENODEV, netlink.SetUp(4711));
            Assert.Equal(ENODEV, netlink.SetMtu(4711, 1500));
            Assert.Equal(ENODEV, netlink.AddAddress(4711, TunAddress.Parse("198.18.0.1/24")));
        });
    }

    [Fact]
    public void Netlink_distinguishes_addresses()
    {
        using var device = _network.Inside(() => TunDevice.Open(new TunDeviceOptions()));
        _network.Inside(() =>
        {
            using var netlink = new RouteNetlink();
            var address = TunAddress.Parse("198.18.0.1/24");
            Assert.Equal(0, netlink.AddAddress(device.InterfaceIndex, address));
            Assert.Equal(EEXIST, netlink.AddAddress(device.InterfaceIndex, address));
            Assert.True(Has(netlink, device.InterfaceIndex, "198.18.0.1/24"));
            Assert.False(Has(netlink, device.InterfaceIndex, "198.18.0.1/25"));
            Assert.False(Has(netlink, device.InterfaceIndex, "198.18.0.2/24"));
            Assert.False(Has(netlink, device.InterfaceIndex + 1, "198.18.0.1/24"));
            Assert.False(Has(netlink, device.InterfaceIndex, "2001:db8:75::1/64"));
            Assert.Equal(0, netlink.GetLink(device.Name, out var link));
            Assert.Equal(
                new LinkState(device.InterfaceIndex, IsUp: true, HasCarrier: true, Mtu: 1500, QueueLength: 4096), link);
        });
    }

    private static bool Has(RouteNetlink netlink, int index, string address)
    {
        Assert.Equal(0, netlink.HasAddress(index, TunAddress.Parse(address), out var isThere));
        return isThere;
    }

    private TunException Refused(TunDeviceOptions options) =>
        _network.Inside(() => Assert.Throws<TunException>(() => TunDevice.Open(options).Dispose()));
}
