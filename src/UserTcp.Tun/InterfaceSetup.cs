using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using UserTcp.Tun.Netlink;
using static Tmds.Linux.LibC;
using static UserTcp.Tun.LibCAdditions;

namespace UserTcp.Tun;

/// <summary>
/// Configures an interface in the calling thread's network namespace: MTU, addresses, the up flag. It changes only what
/// differs: reading is free, and a change takes CAP_NET_ADMIN.
/// </summary>
internal sealed class InterfaceSetup : IDisposable
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(1);

    /// <summary>The max time to wait for an IPv6 address. A route of higher priority may hide it for ever.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(2);

    /// <summary>
    /// The length of the interface's queue in frames. The kernel's default for TUN is 500, else mostly 1,000.
    /// </summary>
    private const int QueueLength = 4096;

    private readonly string _name;
    private readonly RouteNetlink _netlink;
    private readonly LinkState _link;

    private InterfaceSetup(string name)
    {
        _name = name;
        _netlink = new RouteNetlink();
        var error = _netlink.GetLink(name, out _link);
        if (error == 0)
            return;
        _netlink.Dispose();
        throw TunException.Unexpected($"Interface {name} cannot be found", error);
    }

    /// <summary>Applies the options to the interface, and returns its index.</summary>
    public static int Apply(string name, TunDeviceOptions options)
    {
        using var setup = new InterfaceSetup(name);
        setup.SetMtu(options.Mtu);
        setup.SetQueueLength();
        foreach (var address in options.KernelAddresses)
            setup.Add(address);
        if (options.BringUp)
        {
            setup.SetUp();
            foreach (var address in options.KernelAddresses)
                setup.WaitUntilLocal(address);
        }

        return setup._link.Index;
    }

    /// <summary>True when an interface of that name exists and a process has it open.</summary>
    public static bool IsInUse(string name)
    {
        if (name.Length >= ifreq.IFNAMSIZ)
            return false;
        using var netlink = new RouteNetlink();
        return netlink.GetLink(name, out var link) == 0 && link.HasCarrier;
    }

    public static void Add(string name, TunAddress address)
    {
        using var setup = new InterfaceSetup(name);
        setup.Add(address);
        if (setup._link.IsUp)
            setup.WaitUntilLocal(address);
    }

    public static void BringUp(string name)
    {
        using var setup = new InterfaceSetup(name);
        setup.SetUp();
    }

    public void Dispose() => _netlink.Dispose();

    private void SetMtu(int mtu)
    {
        if (_link.Mtu == mtu)
            return;
        var octets = mtu.ToString(CultureInfo.InvariantCulture);
        Check(
            _netlink.SetMtu(_link.Index, mtu), $"Interface {_name} cannot have an MTU of {octets}",
            $"sudo ip link set {_name} mtu {octets}");
    }

    /// <summary>
    /// Makes room for the ACKs of all data that a stack may have in flight on many connections. Without the privilege
    /// to do so the device works as well: a full queue loses frames, as any link does.
    /// </summary>
    private void SetQueueLength()
    {
        if (_link.QueueLength >= QueueLength)
            return;
        var error = _netlink.SetQueueLength(_link.Index, QueueLength);
        if (error != 0 && error != EPERM)
            throw TunException.Unexpected($"Interface {_name} cannot queue {QueueLength} frames", error);
    }

    private void SetUp()
    {
        if (!_link.IsUp)
            Check(_netlink.SetUp(_link.Index), $"Interface {_name} cannot be set up", $"sudo ip link set {_name} up");
    }

    private void Add(TunAddress address)
    {
        if (Has(address))
            return;
        var error = _netlink.AddAddress(_link.Index, address);
        // Another process has just added it, or (IPv6 only) it exists with another prefix length.
        if (error == EEXIST && Has(address))
            return;
        var what = $"Interface {_name} cannot have the address {address}";
        if ((error == EACCES || error == EOPNOTSUPP) && address.Address.AddressFamily == AddressFamily.InterNetworkV6)
        {
            throw new TunException(
                TunFailure.Configuration,
                $"{what}: IPv6 is switched off there. Switch it on: sudo sysctl net.ipv6.conf.all.disable_ipv6=0 "
                + "net.ipv6.conf.default.disable_ipv6=0.");
        }

        Check(error, what, $"sudo ip address add {address} dev {_name}");
    }

    /// <summary>
    /// Waits until the kernel accepts packets for an IPv6 address. It activates the address from a work queue, many
    /// milliseconds later at worst. Until then it drops packets for the address, such as a connection's first segment.
    /// </summary>
    private void WaitUntilLocal(TunAddress address)
    {
        var started = Stopwatch.GetTimestamp();
        while (!IsLocal(address) && Stopwatch.GetElapsedTime(started) < LongestWait)
            Thread.Sleep(PollInterval);
    }

    private bool IsLocal(TunAddress address)
    {
        var error = _netlink.IsLocal(address, out var isLocal);
        return error == 0
            ? isLocal
            : throw TunException.Unexpected($"The route to {address.Address} cannot be read", error);
    }

    private bool Has(TunAddress address)
    {
        var error = _netlink.HasAddress(_link.Index, address, out var isThere);
        return error == 0
            ? isThere
            : throw TunException.Unexpected($"The addresses of interface {_name} cannot be read", error);
    }

    private static void Check(int error, string what, string command)
    {
        if (error != 0)
            throw TunException.OnChange(what, command, error);
    }
}
