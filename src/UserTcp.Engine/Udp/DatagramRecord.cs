using System.Buffers.Binary;
using UserTcp.Engine.Buffers;
using UserTcp.Wire;

namespace UserTcp.Engine.Udp;

/// <summary>
/// Received datagrams in a block, one after the other. So small ones share a block, and a block with several moves to
/// the application at once:
/// <code>
///  0 source address, as <see cref="IpAddress"/> has it
/// 16 source port | 18 length of the data
/// 20 data
/// </code>
/// </summary>
public static class DatagramRecord
{
    /// <summary>Bytes before the data of each datagram.</summary>
    public const int Overhead = 20;

    /// <summary>
    /// Removes the first datagram from the block's content, which shrinks (<see cref="Block.Start"/>). False when there
    /// is none.
    /// </summary>
    /// <param name="block">A block of <see cref="TcpEngine.ReceiveDatagrams"/>.</param>
    /// <param name="source">Who has sent it.</param>
    /// <param name="payload">Its data, which stays in the block.</param>
    public static bool TryDequeue(Block block, out UdpPeer source, out ReadOnlySpan<byte> payload)
    {
        ArgumentNullException.ThrowIfNull(block);
        source = default;
        payload = default;
        var content = block.Content;
        if (content.Length < Overhead)
            return false;
        var high = BinaryPrimitives.ReadUInt64LittleEndian(content);
        var low = BinaryPrimitives.ReadUInt64LittleEndian(content[8..]);
        source = new UdpPeer(
            new IpAddress(high, low), new Port(BinaryPrimitives.ReadUInt16LittleEndian(content[16..])));
        payload = content.Slice(Overhead, BinaryPrimitives.ReadUInt16LittleEndian(content[18..]));
        block.Start += Overhead + payload.Length;
        return true;
    }

    /// <summary>Appends a datagram; the block has room for it.</summary>
    internal static void Append(Block block, in UdpPeer source, ReadOnlySpan<byte> payload)
    {
        var record = block.Free[..(Overhead + payload.Length)];
        BinaryPrimitives.WriteUInt64LittleEndian(record, source.Address.High);
        BinaryPrimitives.WriteUInt64LittleEndian(record[8..], source.Address.Low);
        BinaryPrimitives.WriteUInt16LittleEndian(record[16..], source.Port.Value);
        BinaryPrimitives.WriteUInt16LittleEndian(record[18..], (ushort)payload.Length);
        payload.CopyTo(record[Overhead..]);
        block.End += record.Length;
    }
}
