using UserTcp.Engine.Output;
using UserTcp.Kernel.Tests.Kit;
using UserTcp.Tun;
using UserTcp.Wire;
using Xunit;

namespace UserTcp.Kernel.Tests.Matrix;

/// <summary>A segment that the kernel sent.</summary>
internal readonly record struct KernelSegment(TcpHeader Header, int PayloadLength);

/// <summary>
/// The far end of a TUN link: writes raw segments to the kernel and reads its answers. An echo request after each
/// segment avoids a timeout: its reply follows any answer. All on one thread inside the namespace.
/// </summary>
internal sealed class RawPeer : IDisposable
{
    private static readonly IpAddress Kernel = IpAddress.From(KernelLink.KernelIPv4);
    private static readonly IpAddress Peer = IpAddress.From(KernelLink.StackIPv4);

    private readonly TunDevice _device;
    private readonly byte[] _frame = new byte[2048];
    private uint _echo;

    public RawPeer()
    {
        var options = new TunDeviceOptions();
        options.KernelAddresses.Add(new TunAddress(KernelLink.KernelIPv4, 24));
        _device = TunDevice.Open(options);
    }

    public void Dispose() => _device.Dispose();

    /// <summary>Injects a segment; returns the kernel's segments to that port in order.</summary>
    public List<KernelSegment> Exchange(in TcpHeader header, ReadOnlySpan<byte> data = default)
    {
        var tcp = new byte[TcpHeader.MaxLength + data.Length];
        var headerLength = header.Write(tcp, default);
        data.CopyTo(tcp.AsSpan(headerLength));
        var segment = tcp.AsSpan(0, headerLength + data.Length);
        var sum = new ChecksumAccumulator();
        sum.AddPseudoHeader(Peer, Kernel, IpProtocol.Tcp, segment.Length);
        sum.Add(segment);
        TcpHeader.WriteChecksum(segment, sum.Finish());
        Write(IpProtocol.Tcp, segment);
        return Collect(header.SourcePort, header.DestinationPort);
    }

    /// <summary>The segments that the kernel has sent to a port.</summary>
    public List<KernelSegment> Collect(Port peerPort, Port? kernelPort = null)
    {
        const byte EchoRequest = 8;
        var echo = new byte[8];
        IcmpMessage.Write(echo, EchoRequest, 0, ++_echo, default, Peer, Kernel);
        Write(IpProtocol.Icmp, echo);
        var segments = new List<KernelSegment>();
        var deadline = Environment.TickCount64 + (long)Until.Timeout.TotalMilliseconds;
        while (true)
        {
            var length = _device.Read(_frame);
            if (length == 0)
            {
                Assert.True(Environment.TickCount64 < deadline, "the kernel does not answer an echo request");
                _device.Wait(TimeSpan.FromMilliseconds(100));
            }
            else if (Take(_frame.AsSpan(0, length), peerPort, kernelPort, segments))
            {
                return segments;
            }
        }
    }

    /// <summary>True for the echo reply.</summary>
    private bool Take(ReadOnlySpan<byte> frame, Port peerPort, Port? kernelPort, List<KernelSegment> segments)
    {
        if (!IpPacket.TryParse(frame, verifyChecksum: true, out var packet, out _) || packet.Destination != Peer)
            return false;
        if (packet.Protocol == IpProtocol.Icmp)
            return IcmpMessage.TryParse(packet.Payload, out var message) && message.Type == 0 && message.Rest == _echo;
        if (packet.Protocol == IpProtocol.Tcp && TcpSegment.TryParse(packet.Payload, out var segment) &&
            segment.DestinationPort == peerPort && (kernelPort ?? segment.SourcePort) == segment.SourcePort)
        {
            var header = new TcpHeader(
                segment.SourcePort, segment.DestinationPort, segment.Seq, segment.Ack, segment.Flags,
                segment.Window, segment.UrgentPointer);
            segments.Add(new KernelSegment(header, segment.Payload.Length));
        }

        return false;
    }

    private void Write(IpProtocol protocol, ReadOnlySpan<byte> payload)
    {
        var frame = new byte[IpHeader.IPv4Length + payload.Length];
        IpHeader.Write(frame, Peer, Kernel, protocol, payload.Length, 64, 0);
        payload.CopyTo(frame.AsSpan(IpHeader.IPv4Length));
        Assert.True(_device.Write(new Emission(frame)), "the kernel does not take the frame");
    }
}
