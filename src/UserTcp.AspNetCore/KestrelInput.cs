using System.IO.Pipelines;
using System.Net.Sockets;
using System.Threading.Tasks.Sources;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;
using UserTcp.Connections;

namespace UserTcp.AspNetCore;

/// <summary>
/// The receiving half as Kestrel reads it: errors are those of its own transport, which it and applications look for.
/// </summary>
internal sealed class KestrelInput(ConnectionReader reader, ILogger logger, string connectionId)
    : PipeReader, IValueTaskSource<ReadResult>
{
    private readonly IValueTaskSource<ReadResult> _source = reader;
    private bool _isEndLogged;

    public override bool TryRead(out ReadResult result)
    {
        try
        {
            var hasRead = reader.TryRead(out result);
            LogEnd(result);
            return hasRead;
        }
        catch (IOException exception)
        {
            throw Translate(exception);
        }
    }

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        var read = reader.ReadAsync(cancellationToken, this);
        if (read.IsCompletedSuccessfully)
        {
            LogEnd(read.Result);
            return read;
        }

        return read.IsFaulted ? FailAsync(read) : read;
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
            LogEnd(result);
            return result;
        }
        catch (IOException exception)
        {
            throw Translate(exception);
        }
    }

    ValueTaskSourceStatus IValueTaskSource<ReadResult>.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource<ReadResult>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);

    private async ValueTask<ReadResult> FailAsync(ValueTask<ReadResult> read)
    {
        try
        {
            return await read.ConfigureAwait(false);
        }
        catch (IOException exception)
        {
            throw Translate(exception);
        }
    }

    private void LogEnd(in ReadResult result)
    {
        if (!result.IsCompleted || _isEndLogged)
            return;
        _isEndLogged = true;
        logger.ConnectionReadFin(connectionId);
    }

    private Exception Translate(IOException exception)
    {
        var error = (exception.InnerException as SocketException)?.SocketErrorCode;
        var isFirst = !_isEndLogged;
        _isEndLogged = true;
        switch (error)
        {
            case SocketError.ConnectionReset:
                if (isFirst)
                    logger.ConnectionReset(connectionId);
                return new ConnectionResetException(exception.Message, exception);
            case SocketError.ConnectionAborted or SocketError.OperationAborted:
                return new ConnectionAbortedException(exception.Message, exception);
            default:
                if (isFirst)
                    logger.ConnectionError(exception, connectionId);
                return exception;
        }
    }
}
