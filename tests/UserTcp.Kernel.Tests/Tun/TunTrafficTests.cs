using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using UserTcp.Engine.Buffers;
using UserTcp.Engine.Output;
using UserTcp.Kernel.Tests.Kit;
using UserTcp.Tun;
using Xunit;

namespace UserTcp.Kernel.Tests.Tun;

/// <summary>Frames between the device and the kernel.</summary>
public sealed class TunTrafficTests : IDisposable
{
    private const int Headers = 28;

    private readonly PrivateNetwork _network = new();
    private readonly TunDevice _device;
    private readonly Socket _socket;

    public TunTrafficTests()
    {
        _device = Open("ut0", "198.18.0.1/24");
        _socket = _network.Inside(() => new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp));
        _socket.Bind(new IPEndPoint(KernelLink.KernelIPv4, 4000));
    }

    public void Dispose()
    {
        _socket.Dispose();
        _device.Dispose();
        _network.Dispose();
    }

    [Fact]
    public void Reading_without_a_frame_does_not_block()
    {
        Drain();

        Assert.Equal(0, _device.Read(new byte[1500]));
    }

    [Fact]
    public void A_datagram_of_the_kernel_is_read()
    {
        Drain();
        var data = Payload.Random(1472, seed: 1);
        _socket.SendTo(data, new IPEndPoint(KernelLink.StackIPv4, 5000));

        var frame = new byte[1500];
        _device.Wait(Timeout.InfiniteTimeSpan);

        Assert.Equal(1500, _device.Read(frame));
        Assert.Equal(0x45, frame[0]);
        Assert.Equal(data, frame[Headers..]);
    }

    [Fact]
    public async Task A_written_datagram_arrives()
    {
        var data = Payload.Random(1472, seed: 2);

        Assert.True(_device.Write(new Emission(Datagram(data.Length, data))));

        Assert.Equal(data, await ReceiveAsync(data.Length));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(TunDevice.MaxPieces - 1)]
    [InlineData(TunDevice.MaxPieces)]
    [InlineData(TunDevice.MaxPieces * 4)]
    public async Task Data_in_many_pieces_arrives_as_one(int pieces)
    {
        const int PieceLength = 17;
        var data = Payload.Random(pieces * PieceLength, seed: pieces);
        var pool = new LocalBlockPool();
        Block? first = null;
        for (var piece = pieces - 1; piece >= 0; piece--)
        {
            var block = pool.Rent();
            block.Append(data.AsSpan(piece * PieceLength, PieceLength));
            block.NextBlock = first;
            first = block;
        }

        Assert.True(_device.Write(new Emission(Datagram(data.Length, []), new DataSlice(first, 0, data.Length))));

        Assert.Equal(data, await ReceiveAsync(data.Length));
        Block.ReleaseChain(first);
        Assert.Equal(0, pool.Rented);
    }

    [Fact]
    public void A_frame_that_the_kernel_rejects_is_lost_alone()
    {
        Assert.False(_device.Write(new Emission(new byte[1501])));
        Assert.False(_device.Write(new Emission([0x75, 1, 2, 3])));

        Assert.True(_device.Write(new Emission(Datagram(1, [1]))));
    }

    [Fact]
    public void Writes_to_a_link_that_is_down_are_lost()
    {
        using var down = _network.Inside(() => TunDevice.Open(new TunDeviceOptions { Name = "ut1", BringUp = false }));

        Assert.False(down.Write(new Emission(Datagram(1, [1]))));
        Assert.Equal(0, down.Read(new byte[1500]));
    }

    [Fact]
    public async Task An_interface_that_is_removed_ends_reads_and_writes()
    {
        await _network.RunAsync("ip", "link", "delete", "ut0");

        var read = Assert.Throws<TunException>(() => _device.Read(new byte[1500]));
        var write = Assert.Throws<TunException>(() => _device.Write(new Emission(Datagram(1, [1]))));

        Assert.All([read, write], error => Assert.Equal(TunFailure.DeviceMissing, error.Reason));
        Assert.Equal("Interface ut0 has been removed.", read.Message);
    }

    [Fact]
    public async Task A_wait_ends_when_the_interface_is_removed()
    {
        Drain();
        var waiting = Task.Factory.StartNew(
            () =>
            {
                while (true)
                {
                    _device.Wait(Timeout.InfiniteTimeSpan);
                    Drain();
                }
            },
            TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await _network.RunAsync("ip", "link", "delete", "ut0");

        await Assert.ThrowsAsync<TunException>(() => waiting.OrFail());
    }

    [Fact]
    public async Task A_stack_reports_the_removal_of_its_interface()
    {
        await using var link = await KernelLink.StartAsync();
        var (kernel, connection) = await link.KernelOpensAsync();
        var read = connection.GetStream().ReadAsync(new byte[1]).OrFail();

        await link.Network.RunAsync("ip", "link", "delete", "ut0");

        await Assert.ThrowsAsync<IOException>(() => read);
        var error = await Assert.ThrowsAsync<TunException>(() => link.Stack.Completion.OrFail());
        Assert.Equal(TunFailure.DeviceMissing, error.Reason);
        kernel.Dispose();
    }

    [Fact]
    public void A_wait_lasts_its_timeout()
    {
        Drain();
        var time = TimeSpan.FromMilliseconds(30);
        var started = Stopwatch.GetTimestamp();
        do
        {
            _device.Wait(time - Stopwatch.GetElapsedTime(started));
            Drain();
        }
        while (Stopwatch.GetElapsedTime(started) < time);

        Assert.True(Stopwatch.GetElapsedTime(started) < Until.Timeout);
        _device.Wait(TimeSpan.Zero);
        _device.Wait(TimeSpan.FromTicks(-5));
    }

    private TunDevice Open(string name, string address)
    {
        var options = new TunDeviceOptions { Name = name };
        options.KernelAddresses.Add(TunAddress.Parse(address));
        return _network.Inside(() => TunDevice.Open(options));
    }

    /// <summary>Discards what the kernel sends by itself on link up.</summary>
    private void Drain()
    {
        while (_device.Read(new byte[1500]) > 0)
        {
            // Router solicitations and the like.
        }
    }

    private async Task<byte[]> ReceiveAsync(int length)
    {
        var buffer = new byte[length + 1];
        var received = await _socket.ReceiveAsync(buffer, TestContext.Current.CancellationToken).OrFail();
        return buffer[..received];
    }

    /// <summary>IPv4 and UDP headers from the far end to the socket, and data as far as it is given.</summary>
    private static byte[] Datagram(int payloadLength, byte[] payload)
    {
        var frame = new byte[Headers + payload.Length];
        frame[0] = 0x45;
        BitConverter.TryWriteBytes(frame.AsSpan(2), IPAddress.HostToNetworkOrder((short)(Headers + payloadLength)));
        (frame[8], frame[9]) = (64, 17);
        KernelLink.StackIPv4.TryWriteBytes(frame.AsSpan(12), out _);
        KernelLink.KernelIPv4.TryWriteBytes(frame.AsSpan(16), out _);
        var sum = 0;
        for (var i = 0; i < 20; i += 2)
            sum += (frame[i] << 8) | frame[i + 1];
        sum = ~((sum & 0xFFFF) + (sum >> 16)) & 0xFFFF;
        (frame[10], frame[11]) = ((byte)(sum >> 8), (byte)sum);
        BitConverter.TryWriteBytes(frame.AsSpan(20), IPAddress.HostToNetworkOrder((short)5000));
        BitConverter.TryWriteBytes(frame.AsSpan(22), IPAddress.HostToNetworkOrder((short)4000));
        // A checksum of 0 means none (RFC 768).
        BitConverter.TryWriteBytes(frame.AsSpan(24), IPAddress.HostToNetworkOrder((short)(8 + payloadLength)));
        payload.CopyTo(frame, Headers);
        return frame;
    }
}
