using UserTcp.Buffers;
using UserTcp.Engine.Buffers;

namespace UserTcp;

/// <summary>
/// Bytes that never change. Any number of connections can send them, any number of times, without copying: the device
/// reads them in place, for retransmissions too. For content with many readers, such as a file kept in memory.
/// </summary>
public sealed class UserTcpPinnedData
{
    private readonly ViewPool _views;

    /// <summary>Keeps a copy of <paramref name="data"/> in memory that never moves.</summary>
    public UserTcpPinnedData(ReadOnlySpan<byte> data)
    {
        var bytes = GC.AllocateUninitializedArray<byte>(data.Length, pinned: true);
        data.CopyTo(bytes);
        _views = new ViewPool(bytes);
        Length = data.Length;
    }

    /// <summary>Bytes.</summary>
    public int Length { get; }

    /// <summary>
    /// Rents a block that shows a part of the data; the sender releases it when the peer has acknowledged it.
    /// </summary>
    internal Block Show(int offset, int length)
    {
        var block = _views.Rent();
        (block.Start, block.End) = (offset, offset + length);
        return block;
    }

    /// <summary>
    /// Blocks that show the data. They have no memory of their own, so that only the number of idle ones is limited.
    /// </summary>
    private sealed class ViewPool(byte[] bytes) : BlockPool
    {
        private const int MaxIdle = 1024;

        private readonly BlockShelf _shelf = new(MaxIdle);

        public override int Rented => _shelf.Rented;

        public override Block Rent(int minimumSize = StandardSize) => _shelf.Rent() ?? CreateView(bytes);

        protected override void Discard(Block block) => _shelf.Forget();

        protected override void Return(Block block)
        {
            Reset(block);
            _shelf.Return(block);
        }
    }
}
