using System.Buffers.Binary;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Output;
using UserTcp.Wire;

namespace UserTcp.Kernel.Tests.Kit;

/// <summary>A congested router: sets CE on some of the ECN-capable IPv4 packets (RFC 3168 section 5).</summary>
/// <param name="inner">The device, without offload.</param>
/// <param name="each">One in this many ECN-capable packets gets CE, in each direction.</param>
internal sealed class CongestedRouter(ILinkDevice inner, int each) : ILinkDevice
{
    private const byte Ecn = 0b11;

    private readonly byte[] _frame = new byte[inner.Properties.MaxFrame];
    private int _sent;
    private int _received;

    public string Name => inner.Name;

    public LinkProperties Properties => inner.Properties;

    public int Read(Span<byte> buffer)
    {
        var count = inner.Read(buffer);
        if (count > 0)
            SetCe(buffer[..count], ref _received);
        return count;
    }

    public bool Write(in Emission frame)
    {
        var copy = _frame.AsSpan(0, frame.CopyTo(_frame));
        SetCe(copy, ref _sent);
        return inner.Write(new Emission(copy));
    }

    public void Wait(TimeSpan timeout) => inner.Wait(timeout);

    public void Wake() => inner.Wake();

    public void Dispose() => inner.Dispose();

    private void SetCe(Span<byte> packet, ref int count)
    {
        if (packet[0] >> 4 != 4 || (packet[1] & Ecn) == 0 || ++count % each != 0)
            return;
        packet[1] |= Ecn;
        BinaryPrimitives.WriteUInt16BigEndian(packet[10..], 0);
        BinaryPrimitives.WriteUInt16BigEndian(packet[10..], InternetChecksum.Compute(packet[..IpHeader.IPv4Length]));
    }
}
