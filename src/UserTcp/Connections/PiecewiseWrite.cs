using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace UserTcp.Connections;

/// <summary>
/// Writes buffers in pieces, each when the send buffer has room: what was not copied is not sent.
/// </summary>
internal static class PiecewiseWrite
{
    /// <summary>
    /// Writes and flushes piece by piece. Ends early when a flush is cancelled or sending is over.
    /// </summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public static async ValueTask<FlushResult> RunAsync(
        ConnectionWriter writer, ReadOnlyMemory<byte> source, CancellationToken cancellationToken)
    {
        while (true)
        {
            var result = await writer.FlushAsync(cancellationToken).ConfigureAwait(false);
            if (result.IsCanceled || result.IsCompleted)
                return result;
            if (writer.IsOutOfMemory)
                await writer.WaitForMemoryAsync(cancellationToken).ConfigureAwait(false);
            var piece = source[..Math.Min(source.Length, writer.PieceSize)];
            writer.Write(piece.Span);
            source = source[piece.Length..];
            if (source.IsEmpty)
                return writer.Flush();
        }
    }
}
