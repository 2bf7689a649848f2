using System.IO.Pipelines;

namespace UserTcp.Connections;

/// <summary>The receiving half as the application gets it from <see cref="UserTcpConnection.Transport"/>.</summary>
internal sealed class ReaderPipe(ConnectionReader reader) : PipeReader
{
    /// <inheritdoc/>
    public override bool TryRead(out ReadResult result) => reader.TryRead(out result);

    /// <inheritdoc/>
    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) =>
        reader.ReadAsync(cancellationToken);

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed) => reader.AdvanceTo(consumed, consumed);

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) =>
        reader.AdvanceTo(consumed, examined);

    /// <inheritdoc/>
    public override void CancelPendingRead() => reader.CancelPendingRead();

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null) => reader.Complete();
}
