using System.Net;
using UserTcp.Capture;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Output;
using UserTcp.Hosting.Tests.Kit;
using UserTcp.Impairment;
using UserTcp.Wire;
using Xunit;

namespace UserTcp.Hosting.Tests.Capture;

/// <summary>A capturing device behaves like the device it wraps, and writes a file.</summary>
public sealed class CapturingDeviceTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("usertcp-capture-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Frames_pass_through_and_are_written_with_their_times()
    {
        var (inner, far) = InMemoryLink.CreatePair();
        using var stream = new MemoryStream();
        var clock = new FixedClock(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero).AddTicks(6_789_123));
        using (var device = new CapturingDevice(
            inner, new PcapngWriter(stream, inner.Name, inner.Properties.Mtu), clock))
        {
            Assert.Equal(inner.Name, device.Name);
            Assert.Same(inner.Properties, device.Properties);
            Assert.True(far.Write(new Emission([1, 2, 3])));
            var buffer = new byte[1500];
            Assert.Equal(3, device.Read(buffer));
            Assert.Equal([1, 2, 3], buffer[..3]);
            Assert.Equal(0, device.Read(buffer));
            Assert.True(device.Write(new Emission([4, 5])));
            Assert.Equal(2, far.Read(buffer));
            Assert.Equal([4, 5], buffer[..2]);
            device.Wake();
            device.Wait(Timeout.InfiniteTimeSpan);
        }

        var file = PcapngFile.Parse(stream.ToArray());
        Assert.Equal("memory-a", file.InterfaceName);
        var nanoseconds = (clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100;
        Assert.Equal(
            [(false, nanoseconds), (true, nanoseconds)],
            file.Packets.Select(packet => (packet.IsOutbound, packet.Nanoseconds)));
        Assert.Equal([1, 2, 3], file.Packets[0].Captured);
        Assert.Equal([4, 5], file.Packets[1].Captured);
        Assert.False(far.Write(new Emission([1]))); // the inner device is disposed of too
    }

    [Fact]
    public void The_observer_of_the_inner_link_can_be_set()
    {
        var (inner, far) = InMemoryLink.CreatePair();
        using var peer = far;
        using var impaired = new ImpairedDevice(inner, LinkImpairment.Parse("drop=any:1"));
        using var device = new CapturingDevice(
            impaired, new PcapngWriter(new MemoryStream(), inner.Name, inner.Properties.Mtu));
        var observer = new LastVerdict();

        device.LinkObserver = observer;

        Assert.Same(observer, impaired.LinkObserver);
        Assert.Same(observer, device.LinkObserver);
    }

    [Fact]
    public void A_link_that_reports_nothing_has_no_observer()
    {
        var (inner, far) = InMemoryLink.CreatePair();
        using var peer = far;
        using var device = new CapturingDevice(
            inner, new PcapngWriter(new MemoryStream(), inner.Name, inner.Properties.Mtu));

        device.LinkObserver = new LastVerdict();

        Assert.Null(device.LinkObserver);
    }

    [Fact]
    public void Captured_frames_are_in_the_file_after_a_wait()
    {
        var (inner, far) = InMemoryLink.CreatePair();
        var path = Path.Combine(_folder.FullName, "trace.pcapng");
        using var device = CapturingDevice.ToFile(inner, path);
        far.Write(new Emission([1, 2, 3]));
        device.Read(new byte[1500]);

        device.Wait(TimeSpan.Zero);

        using var reading = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var bytes = new byte[reading.Length];
        reading.ReadExactly(bytes);
        Assert.Equal([1, 2, 3], Assert.Single(PcapngFile.Parse(bytes).Packets).Captured);
    }

    [Fact]
    public void The_file_is_closed_even_when_disposing_of_the_device_fails()
    {
        using var stream = new MemoryStream();
        var (inner, _) = InMemoryLink.CreatePair();
        var device = new CapturingDevice(new Stubborn(inner), new PcapngWriter(stream, "ut0", 1500));

        Assert.Throws<IOException>(device.Dispose);

        Assert.False(stream.CanWrite);
    }

    [Theory]
    [InlineData(68, 1500)]
    [InlineData(1500, 68)]
    public void A_frame_that_the_inner_device_refuses_is_not_captured(int mtu, int length)
    {
        var (inner, far) = InMemoryLink.CreatePair(new LinkProperties(mtu));
        far.Dispose();
        using var stream = new MemoryStream();
        using (var device = new CapturingDevice(inner, new PcapngWriter(stream, inner.Name, mtu)))
            Assert.False(device.Write(new Emission(new byte[length])));

        Assert.Empty(PcapngFile.Parse(stream.ToArray()).Packets);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_full_disk_ends_the_capture_and_nothing_else(bool atFlush)
    {
        var (inner, far) = InMemoryLink.CreatePair();
        var errors = new List<Exception>();
        using var disk = new FullDisk(atFlush);
        using (var device = new CapturingDevice(
            inner, new PcapngWriter(disk, inner.Name, 1500), onCaptureError: errors.Add))
        {
            Assert.Null(device.CaptureError);
            disk.IsFull = true;
            for (var count = 0; count < 3; count++)
            {
                Assert.True(device.Write(new Emission([1, 2])));
                Assert.Equal(2, far.Read(new byte[1500]));
                Assert.True(far.Write(new Emission([3])));
                Assert.Equal(1, device.Read(new byte[1500]));
                device.Wait(TimeSpan.Zero);
            }

            Assert.IsType<IOException>(device.CaptureError);
            Assert.False(disk.CanWrite);
        }

        Assert.Single(errors);
    }

    [Fact]
    public void A_disk_that_is_full_at_the_last_flush_is_reported()
    {
        var (inner, _) = InMemoryLink.CreatePair();
        var errors = new List<Exception>();
        using var disk = new FullDisk(atFlush: true);
        var device = new CapturingDevice(inner, new PcapngWriter(disk, inner.Name, 1500), onCaptureError: errors.Add);
        disk.IsFull = true;

        device.Dispose();

        Assert.Same(device.CaptureError, Assert.Single(errors));
    }

    [Fact]
    public async Task The_log_says_once_that_the_capture_has_ended()
    {
        await using var network = await Network.CreateAsync();
        var log = new LogBook();
        // Every write to it fails, for lack of space.
        using var host = Hosts.Build(network, options => options.CaptureFile = "/dev/full", log: log);
        await host.StartAsync(TestContext.Current.CancellationToken);
        var stack = await host.StackAsync();
        await using var listener = await stack.ListenAsync(
            new IPEndPoint(Network.HostIPv4, 7), TestContext.Current.CancellationToken);

        await using var connection = await network.ConnectAsync(7);
        await host.StopAsync(TestContext.Current.CancellationToken);

        Assert.Single(
            log.Own, message => message == "Error: The capture to /dev/full has failed and ended; the stack goes on");
        Assert.True(stack.Completion.IsCompletedSuccessfully);
    }

    [Fact]
    public void A_file_that_cannot_be_created_disposes_of_the_device()
    {
        var (inner, _) = InMemoryLink.CreatePair();
        using var device = new TestDevice(inner);

        Assert.Throws<DirectoryNotFoundException>(() =>
            CapturingDevice.ToFile(device, Path.Combine(_folder.FullName, "none", "trace.pcapng")));

        Assert.True(device.IsDisposed);
    }

    [Fact]
    public async Task The_option_CaptureFile_records_a_whole_conversation()
    {
        var path = Path.Combine(_folder.FullName, "trace.pcapng");
        await using var network = await Network.CreateAsync();
        using var host = Hosts.Build(network, options => options.CaptureFile = path);
        await host.StartAsync(TestContext.Current.CancellationToken);
        var stack = await host.StackAsync();
        await using var listener = await stack.ListenAsync(
            new IPEndPoint(Network.HostIPv4, 7), TestContext.Current.CancellationToken);
        await using (var connection = await network.ConnectAsync(7))
        await using (await listener.AcceptConnectionAsync().OrFail())
            await connection.GetStream().WriteAsync(new byte[5000], TestContext.Current.CancellationToken);
        await host.StopAsync(TestContext.Current.CancellationToken);

        var file = PcapngFile.Parse(await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken));

        Assert.Equal(network.Device.Name, file.InterfaceName);
        Assert.Equal(
            [TcpFlags.Syn, TcpFlags.Syn | TcpFlags.Ack, TcpFlags.Ack],
            file.Packets.Take(3).Select(packet => (TcpFlags)packet.Captured[33]));
        Assert.Equal([false, true, false], file.Packets.Take(3).Select(packet => packet.IsOutbound));
        var times = file.Packets.Select(packet => packet.Nanoseconds).ToList();
        Assert.Equal(times.Order(), times);
    }

    private sealed class FixedClock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }

    /// <summary>A file on a disk that becomes full, which shows at a write or at a flush.</summary>
    private sealed class FullDisk(bool atFlush) : MemoryStream
    {
        public bool IsFull { get; set; }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            ThrowIf(IsFull && !atFlush);
            base.Write(buffer);
        }

        public override void Flush() => ThrowIf(IsFull && atFlush);

        protected override void Dispose(bool disposing)
        {
            var isFirst = CanWrite;
            base.Dispose(disposing);
            ThrowIf(IsFull && isFirst);
        }

        private static void ThrowIf(bool isFull)
        {
            if (isFull)
                throw new IOException("No space left on device");
        }
    }

    private sealed class Stubborn(ILinkDevice inner) : ILinkDevice
    {
        public string Name => inner.Name;

        public LinkProperties Properties => inner.Properties;

        public int Read(Span<byte> buffer) => inner.Read(buffer);

        public bool Write(in Emission frame) => inner.Write(frame);

        public void Wait(TimeSpan timeout) => inner.Wait(timeout);

        public void Wake() => inner.Wake();

        public void Dispose() => throw new IOException("busy");
    }

    private sealed class LastVerdict : ILinkObserver
    {
        public LinkVerdict Verdict { get; private set; }

        public void OnVerdict(in LinkVerdict verdict) => Verdict = verdict;
    }
}
