using System.Diagnostics;
using UserTcp.Engine.Output;
using UserTcp.Tun;
using Xunit;
using static Tmds.Linux.LibC;

namespace UserTcp.Kernel.Tests.Tun;

/// <summary>A read or write that the kernel refuses counts as a lost frame; it neither throws nor spins.</summary>
public sealed class RefusalTests
{
    /// <summary>
    /// /proc/self/mem at offset 0 is unmapped: reads and writes fail with EIO while poll reports both as ready.
    /// </summary>
    private static TunDevice Refusing()
    {
        var descriptor = SafeDescriptor.Open("/proc/self/mem", O_RDWR | O_NONBLOCK, out var error);
        Assert.Equal(0, error);
        return Device(descriptor);
    }

    [Fact]
    public void A_refused_read_is_a_lost_frame()
    {
        using var device = Refusing();

        Assert.Equal(0, device.Read(new byte[1500]));
        Assert.Equal(0, device.Read(new byte[1500]));

        Assert.Equal(2, device.RefusedFrames);
    }

    [Fact]
    public void A_refused_write_is_a_lost_frame()
    {
        using var device = Refusing();

        Assert.False(device.Write(new Emission(new byte[40])));

        Assert.Equal(1, device.RefusedFrames);
    }

    [Fact]
    public void Refused_reads_do_not_spin()
    {
        using var device = Refusing();
        var clock = Stopwatch.StartNew();
        var turns = 0;
        while (clock.Elapsed < TimeSpan.FromMilliseconds(500))
        {
            Assert.Equal(0, device.Read(new byte[1500]));
            device.Wait(Timeout.InfiniteTimeSpan);
            turns++;
        }

        // 2, 4, 8, 16, 32 and then 64 ms.
        Assert.True(turns <= 20, $"{turns} turns");
    }

    [Fact]
    public void A_wake_up_ends_the_wait_after_a_refused_read()
    {
        using var device = Refusing();
        for (var i = 0; i < 10; i++)
            device.Read(new byte[1500]);
        device.Wake();
        var clock = Stopwatch.StartNew();

        device.Wait(Timeout.InfiniteTimeSpan);

        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(30));
    }

    [Fact]
    public void A_closed_descriptor_ends_the_device()
    {
        var descriptor = SafeDescriptor.Open("/proc/self/mem", O_RDONLY, out _);
        using var device = Device(descriptor);

        Assert.Throws<TunException>(() => device.Write(new Emission(new byte[40])));
    }

    private static TunDevice Device(SafeDescriptor descriptor)
    {
        var options = new TunDeviceOptions { Offload = false };
        return new TunDevice(descriptor, "ut0", 1, options, TunDevice.PropertiesOf(options));
    }
}
