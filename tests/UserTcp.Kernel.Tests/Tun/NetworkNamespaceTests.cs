using System.Net.NetworkInformation;
using UserTcp.Kernel.Tests.Kit;
using UserTcp.Tun;
using Xunit;

namespace UserTcp.Kernel.Tests.Tun;

/// <summary>Namespaces contain what is made in them; threads enter and leave them.</summary>
public sealed class NetworkNamespaceTests
{
    [Fact]
    public void A_new_namespace_has_only_loopback() => NetworkNamespace.OnNewThread(() =>
    {
        NetworkNamespace.UnshareCurrentThread();
        Assert.Equal(["lo"], Names());
        Assert.Equal(OperationalStatus.Down, NetworkInterface.GetAllNetworkInterfaces()[0].OperationalStatus);

        NetworkNamespace.BringUpLoopback();
        NetworkNamespace.BringUpLoopback();

        Assert.NotEqual(OperationalStatus.Down, NetworkInterface.GetAllNetworkInterfaces()[0].OperationalStatus);
        return true;
    });

    [Fact]
    public void A_thread_can_leave_one_namespace_and_enter_another() => NetworkNamespace.OnNewThread(() =>
    {
        using var outside = NetworkNamespace.OfCurrentThread();
        var name = Identity();
        NetworkNamespace.UnshareCurrentThread();
        var inside = Identity();
        Assert.NotEqual(name, inside);

        outside.Enter();

        Assert.Equal(name, Identity());
        return true;
    });

    [Fact]
    public void A_kept_namespace_outlives_its_thread()
    {
        var (kept, made) = NetworkNamespace.OnNewThread(() =>
        {
            NetworkNamespace.UnshareCurrentThread();
            return (NetworkNamespace.OfCurrentThread(), Identity());
        });

        using (kept)
        {
            var entered = NetworkNamespace.OnNewThread(() =>
            {
                kept.Enter();
                return Identity();
            });
            Assert.Equal(made, entered);
        }
    }

    [Fact]
    public void A_disposed_namespace_cannot_be_entered() => NetworkNamespace.OnNewThread(() =>
    {
        var current = NetworkNamespace.OfCurrentThread();
        current.Dispose();
        Assert.Throws<ObjectDisposedException>(current.Enter);
        return true;
    });

    [Fact]
    public void Each_namespace_can_have_the_same_interface_name()
    {
        using var first = new PrivateNetwork();
        using var second = new PrivateNetwork();

        using var one = first.Inside(() => TunDevice.Open(new TunDeviceOptions { Name = "ut0" }));
        using var other = second.Inside(() => TunDevice.Open(new TunDeviceOptions { Name = "ut0" }));

        Assert.Equal(one.Name, other.Name);
        Assert.Contains("ut0", first.Inside(Names));
    }

    private static string[] Names() => [.. NetworkInterface.GetAllNetworkInterfaces().Select(found => found.Name)];

    private static string Identity() => new FileInfo("/proc/thread-self/ns/net").LinkTarget!;
}
