using System.Buffers.Binary;

namespace UserTcp.Wire;

/// <summary>
/// Writes options in the order and alignment of Linux. NOPs before an option align it, so there is no End of Option
/// List and no padding after one (MUST-69).
/// </summary>
internal ref struct TcpOptionWriter(Span<byte> destination)
{
    private readonly Span<byte> _destination = destination;
    private int _length;

    /// <summary>Writes all options that are present and returns the octets written, a multiple of four.</summary>
    public int Write(in TcpOptions options)
    {
        if (options.Mss is { } mss)
        {
            Put(TcpOptionKind.MaximumSegmentSize, TcpOptionKind.MaximumSegmentSizeLength);
            BinaryPrimitives.WriteUInt16BigEndian(Advance(2), mss);
        }

        WriteSackPermittedAndTimestamps(options);
        if (options.WindowScale is { } scale)
        {
            Advance(1)[0] = TcpOptionKind.NoOperation;
            Put(TcpOptionKind.WindowScale, TcpOptionKind.WindowScaleLength);
            Advance(1)[0] = scale.Shift;
        }

        WriteFastOpen(options.FastOpen);
        if (options.UserTimeout is { } timeout)
        {
            Put(TcpOptionKind.UserTimeout, TcpOptionKind.UserTimeoutLength);
            BinaryPrimitives.WriteUInt16BigEndian(Advance(2), timeout);
        }

        WriteSack(options.Sack);
        return _length;
    }

    private void WriteFastOpen(in FastOpenCookie cookie)
    {
        if (!cookie.IsPresent)
            return;
        Put(TcpOptionKind.FastOpen, (byte)(2 + cookie.Length));
        cookie.Write(Advance(cookie.Length));
        // Linux pads after this option too.
        Advance(cookie.PaddedLength - cookie.Length - 2).Fill(TcpOptionKind.NoOperation);
    }

    private void WriteSackPermittedAndTimestamps(in TcpOptions options)
    {
        if (options.SackPermitted)
        {
            // Without timestamps two NOPs align it; with timestamps it takes the place of their NOPs.
            if (options.Timestamps is null)
                PutNoOperations();
            Put(TcpOptionKind.SackPermitted, TcpOptionKind.SackPermittedLength);
        }

        if (options.Timestamps is not { } timestamps)
            return;
        if (!options.SackPermitted)
            PutNoOperations();
        Put(TcpOptionKind.Timestamps, TcpOptionKind.TimestampsLength);
        BinaryPrimitives.WriteUInt32BigEndian(Advance(4), timestamps.Value);
        BinaryPrimitives.WriteUInt32BigEndian(Advance(4), timestamps.Echo);
    }

    /// <summary>Writes as many blocks as fit.</summary>
    private void WriteSack(in SackBlocks blocks)
    {
        var room = (TcpHeader.MaxLength - TcpHeader.MinLength - _length - 4) / TcpOptionKind.SackBlockLength;
        var count = Math.Min(blocks.Count, room);
        if (count <= 0)
            return;
        PutNoOperations();
        Put(TcpOptionKind.Sack, (byte)(2 + (count * TcpOptionKind.SackBlockLength)));
        for (var i = 0; i < count; i++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(Advance(4), blocks[i].Left.Value);
            BinaryPrimitives.WriteUInt32BigEndian(Advance(4), blocks[i].Right.Value);
        }
    }

    private void PutNoOperations() => Put(TcpOptionKind.NoOperation, TcpOptionKind.NoOperation);

    private void Put(byte first, byte second)
    {
        var two = Advance(2);
        two[0] = first;
        two[1] = second;
    }

    private Span<byte> Advance(int octets)
    {
        var span = _destination.Slice(_length, octets);
        _length += octets;
        return span;
    }
}
