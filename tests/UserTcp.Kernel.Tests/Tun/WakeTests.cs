using UserTcp.Kernel.Tests.Kit;
using UserTcp.Tun;
using Xunit;

namespace UserTcp.Kernel.Tests.Tun;

/// <summary>A wake-up from another thread is never lost, and makes no system call when the loop is awake.</summary>
public sealed class WakeTests : IDisposable
{
    private readonly PrivateNetwork _network = new();
    private readonly TunDevice _device;

    public WakeTests() => _device = _network.Inside(() => TunDevice.Open(new TunDeviceOptions { BringUp = false }));

    public void Dispose()
    {
        _device.Dispose();
        _network.Dispose();
    }

    [Fact]
    public void A_wake_up_before_the_wait_ends_it()
    {
        _device.Wake();
        _device.Wake();

        _device.Wait(Timeout.InfiniteTimeSpan);
        _device.Wake();
        _device.Wait(Timeout.InfiniteTimeSpan);
    }

    [Fact]
    public async Task A_wake_up_during_the_wait_ends_it()
    {
        var waiting = OnOwnThread(() => _device.Wait(Timeout.InfiniteTimeSpan));
        _device.Wake();

        await waiting.OrFail();
    }

    [Fact]
    public async Task No_wake_up_of_many_is_lost()
    {
        const int Signallers = 3;
        const int EachSends = 40_000;
        var sent = 0;
        var seen = 0;
        // Each waits for its signal: a lost wake-up stalls the test.
        var signallers = Enumerable.Range(0, Signallers).Select(_ => OnOwnThread(() =>
        {
            var spinner = default(SpinWait);
            for (var i = 0; i < EachSends; i++)
            {
                var mine = Interlocked.Increment(ref sent);
                _device.Wake();
                spinner.Reset();
                while (i % 64 == 0 && Volatile.Read(ref seen) < mine)
                    spinner.SpinOnce();
            }
        })).ToArray();
        var waiter = OnOwnThread(() =>
        {
            while (Volatile.Read(ref seen) < Signallers * EachSends)
            {
                _device.Wait(Timeout.InfiniteTimeSpan);
                Volatile.Write(ref seen, Volatile.Read(ref sent));
            }
        });

        await Task.WhenAll([.. signallers, waiter]).OrFail();
    }

    [Fact]
    public void Waking_a_disposed_device_does_nothing()
    {
        var device = _network.Inside(() => TunDevice.Open(new TunDeviceOptions { Name = "ut%d", BringUp = false }));
        device.Dispose();

        // No thread waits in the device, so nothing is written.
        Assert.Null(Record.Exception(device.Wake));
    }

    private static Task OnOwnThread(Action action) => Task.Factory.StartNew(
        action, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
