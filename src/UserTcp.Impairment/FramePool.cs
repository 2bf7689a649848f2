using System.Buffers;

namespace UserTcp.Impairment;

/// <summary>
/// Reusable buffers for the frames on a link. The shared array pool keeps too few for a link that is long and fast. Not
/// thread-safe.
/// </summary>
internal sealed class FramePool
{
    /// <summary>
    /// Room for a frame of any common MTU, so that the buffer of an ACK can also hold a full segment.
    /// </summary>
    private const int MinLength = 2048;

    private readonly Stack<byte[]> _free = new();

    /// <summary>A buffer of <paramref name="length"/> bytes or more.</summary>
    public byte[] Rent(int length)
    {
        while (_free.TryPop(out var buffer))
        {
            if (buffer.Length >= length)
                return buffer;
        }

        return ArrayPool<byte>.Shared.Rent(Math.Max(length, MinLength));
    }

    public void Return(byte[] buffer) => _free.Push(buffer);
}
