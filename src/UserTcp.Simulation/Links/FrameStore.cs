using System.Buffers;

namespace UserTcp.Simulation.Links;

/// <summary>
/// Memory for the frames on a link, used over and over: a shared pool keeps too few for a link that is long and fast. One thread at a time.
/// </summary>
internal sealed class FrameStore
{
    /// <summary>Everything that a common link carries, so that memory that was used for an acknowledgment does for text as well.</summary>
    private const int MinLength = 2048;

    private readonly Stack<byte[]> _free = new();

    /// <summary>Memory of at least so many octets.</summary>
    public byte[] Rent(int length)
    {
        while (_free.TryPop(out var memory))
        {
            if (memory.Length >= length)
                return memory;
        }

        return ArrayPool<byte>.Shared.Rent(Math.Max(length, MinLength));
    }

    public void Return(byte[] memory) => _free.Push(memory);
}
