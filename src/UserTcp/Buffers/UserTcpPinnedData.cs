using UserTcp.Buffers;
using UserTcp.Engine.Buffers;

namespace UserTcp;

/// <summary>
/// Octets that never change, and which any number of connections can send, again and again, without a copy of their own: the device
/// reads them where they lie, also when they have to be sent again. For what many ask for, such as a file kept in memory.
/// </summary>
public sealed class UserTcpPinnedData
{
    private readonly ViewPool _views;

    /// <summary>Keeps a copy of <paramref name="data"/> in memory that never moves.</summary>
    public UserTcpPinnedData(ReadOnlySpan<byte> data)
    {
        var octets = GC.AllocateUninitializedArray<byte>(data.Length, pinned: true);
        data.CopyTo(octets);
        _views = new ViewPool(octets);
        Length = data.Length;
    }

    /// <summary>Octets.</summary>
    public int Length { get; }

    /// <summary>A block that shows a part of the text; whoever sends it gives it back when the peer has acknowledged it.</summary>
    internal Block Show(int offset, int length)
    {
        var block = _views.Rent();
        (block.Start, block.End) = (offset, offset + length);
        return block;
    }

    /// <summary>Blocks that show the text. They hold no memory of their own, so that nothing but their number has to be limited.</summary>
    private sealed class ViewPool(byte[] octets) : BlockPool
    {
        private const int MaxIdle = 1024;

        private readonly BlockShelf _shelf = new(MaxIdle);

        public override int Rented => _shelf.Rented;

        public override Block Rent(int minimumSize = StandardSize) => _shelf.Rent() ?? CreateView(octets);

        protected override void Discard(Block block) => _shelf.Forget();

        protected override void Return(Block block)
        {
            Reset(block);
            _shelf.Return(block);
        }
    }
}
