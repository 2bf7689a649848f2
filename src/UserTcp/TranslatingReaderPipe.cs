using System.IO.Pipelines;
using System.Threading.Tasks.Sources;
using UserTcp.Connections;

namespace UserTcp;

/// <summary>
/// The receiving half as a framework gets it from <see cref="UserTcpConnection.OpenInput"/>. A read that waits has this
/// object as its value task source, so that translating its error allocates nothing.
/// </summary>
internal sealed class TranslatingReaderPipe(ConnectionReader reader, IUserTcpInputEnd end)
    : PipeReader, IValueTaskSource<ReadResult>
{
    private readonly IValueTaskSource<ReadResult> _source = reader;
    private bool _isFinReported;

    public override bool TryRead(out ReadResult result)
    {
        try
        {
            var hasRead = reader.TryRead(out result);
            ReportFin(result);
            return hasRead;
        }
        catch (IOException exception)
        {
            throw end.Translate(exception);
        }
    }

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<ReadResult>(cancellationToken);
        // Thrown at once, as Pipe does: Kestrel takes a read that has begun for one still to be advanced.
        if (reader.ReadOrBegin(out var result, out var version) is { } error)
            throw end.Translate(error);
        if (version is { } token)
            return reader.WaitAsync(this, token, cancellationToken);
        ReportFin(result);
        return new ValueTask<ReadResult>(result);
    }

    public override void AdvanceTo(SequencePosition consumed) => reader.AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) =>
        reader.AdvanceTo(consumed, examined);

    public override void CancelPendingRead() => reader.CancelPendingRead();

    public override void Complete(Exception? exception = null) => reader.Complete();

    ReadResult IValueTaskSource<ReadResult>.GetResult(short token)
    {
        try
        {
            var result = _source.GetResult(token);
            ReportFin(result);
            return result;
        }
        catch (IOException exception)
        {
            throw end.Translate(exception);
        }
    }

    ValueTaskSourceStatus IValueTaskSource<ReadResult>.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource<ReadResult>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);

    private void ReportFin(in ReadResult result)
    {
        if (!result.IsCompleted || _isFinReported)
            return;
        _isFinReported = true;
        end.OnFin();
    }
}
