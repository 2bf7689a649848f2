using System.Buffers.Binary;
using UserTcp.Wire;

namespace UserTcp.Recording;

/// <summary>
/// Rewrites the ACKs of a recorded peer as those of one that has received a range which it has not: an ACK of the
/// range's left edge acknowledges the range, and the SACK blocks that follow it without a hole. SACK blocks below the
/// ACK go. Nothing else changes, since a recorded peer cannot react.
/// </summary>
/// <param name="tuple">The connection; the local side is ours.</param>
/// <param name="left">The first sequence number of the range.</param>
/// <param name="right">The sequence number after the range.</param>
internal sealed class AckRewriter(FourTuple tuple, SeqNum left, SeqNum right)
{
    private const int ChecksumOffset = 16;

    // Kinds of options (RFC 9293 section 3.2, RFC 2018 section 3).
    private const byte EndOfOptions = 0;
    private const byte NoOperation = 1;
    private const byte Sack = 5;

    /// <summary>The rewritten copy of an arriving frame; null when the frame stays as it is.</summary>
    public byte[]? Rewrite(ReadOnlySpan<byte> frame)
    {
        if (!IpPacket.TryParse(frame, verifyChecksum: false, out var packet, out _) || packet.Protocol != IpProtocol.Tcp
            || !TcpSegment.TryParse(packet.Payload, out var segment) || !segment.Has(TcpFlags.Ack)
            || segment.Ack != left
            || new FourTuple(packet.Destination, segment.DestinationPort, packet.Source, segment.SourcePort) != tuple)
        {
            return null;
        }

        var copy = frame.ToArray();
        var bytes = copy.AsSpan(packet.Bytes.Length - packet.Payload.Length, packet.Payload.Length);
        var ack = AckOf(segment.ParseOptions().Sack);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[8..], ack.Value);
        DropBlocks(bytes[TcpHeader.MinLength..segment.HeaderLength], ack);
        // With offload nobody looks at the checksum.
        var sum = new ChecksumAccumulator();
        bytes.Slice(ChecksumOffset, sizeof(ushort)).Clear();
        sum.AddPseudoHeader(packet.Source, packet.Destination, IpProtocol.Tcp, bytes.Length);
        sum.Add(bytes);
        TcpHeader.WriteChecksum(bytes, sum.Finish());
        return copy;
    }

    private SeqNum AckOf(in SackBlocks blocks)
    {
        var ack = right;
        for (var i = 0; i < blocks.Count; i++)
        {
            if (blocks[i].Left <= ack && blocks[i].Right > ack)
            {
                ack = blocks[i].Right;
                // Blocks come in any order.
                i = -1;
            }
        }

        return ack;
    }

    /// <summary>Removes the SACK blocks below the ACK; no-operations fill the room.</summary>
    private static void DropBlocks(Span<byte> options, SeqNum ack)
    {
        while (options.Length >= 2 && options[0] != EndOfOptions)
        {
            if (options[0] == NoOperation)
            {
                options = options[1..];
                continue;
            }

            var length = options[1];
            if (length < 2 || length > options.Length)
                return;
            if (options[0] == Sack)
                DropBlocksOf(options[..length], ack);
            options = options[length..];
        }
    }

    private static void DropBlocksOf(Span<byte> option, SeqNum ack)
    {
        const int HeaderLength = 2;
        const int BlockLength = 8;
        var kept = HeaderLength;
        for (var at = HeaderLength; at + BlockLength <= option.Length; at += BlockLength)
        {
            var end = new SeqNum(BinaryPrimitives.ReadUInt32BigEndian(option[(at + 4)..]));
            if (end <= ack)
                continue;
            option.Slice(at, BlockLength).CopyTo(option[kept..]);
            kept += BlockLength;
        }

        if (kept == HeaderLength)
            kept = 0;
        else
            option[1] = (byte)kept;
        option[kept..].Fill(NoOperation);
    }
}
