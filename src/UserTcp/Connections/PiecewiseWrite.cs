using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace UserTcp.Connections;

/// <summary>
/// Writes large buffers in pieces, so that no more than about one send buffer of copies waits for the peer.
/// </summary>
internal static class PiecewiseWrite
{
    /// <summary>Writes and flushes piece by piece; ends early when a flush is cancelled or sending is over.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public static async ValueTask<FlushResult> RunAsync(
        ConnectionWriter writer, ReadOnlyMemory<byte> source, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (writer.IsOutOfMemory)
                await writer.WaitForMemoryAsync(cancellationToken).ConfigureAwait(false);
            var piece = source[..Math.Min(source.Length, writer.PieceSize)];
            writer.Write(piece.Span);
            source = source[piece.Length..];
            var result = await writer.FlushAsync(cancellationToken).ConfigureAwait(false);
            if (source.IsEmpty || result.IsCanceled || result.IsCompleted)
                return result;
        }
    }
}
