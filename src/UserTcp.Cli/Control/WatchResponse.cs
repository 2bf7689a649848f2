using System.Text;

namespace UserTcp.Cli.Control;

/// <summary>The events that a running stack sends to a watcher.</summary>
/// <param name="response">The response, which this object owns.</param>
/// <param name="content">Its content.</param>
internal sealed class WatchResponse(HttpResponseMessage response, Stream content) : IDisposable
{
    private string? _end;

    /// <summary>All content, with the word at its end if the request asks for it.</summary>
    public Stream Content => content;

    /// <summary>True when the watch has ended because the stack has stopped. Known at the end of the events.</summary>
    public bool HasStackStopped => _end == WatchPage.StackStopped;

    /// <summary>True when the watch has ended because the stack has failed. Known at the end of the events.</summary>
    public bool HasStackFailed => _end == WatchPage.StackFailed;

    /// <summary>
    /// Reads the next bytes of the events; 0 at their end. Fails when the stack is gone without an end: it was killed,
    /// or has dropped a reader that is slow for too long.
    /// </summary>
    /// <exception cref="CommandException">The stack is gone.</exception>
    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (_end is not null)
            return 0;
        try
        {
            var length = await content.ReadAsync(buffer, cancellationToken);
            var mark = buffer.Span[..length].IndexOf((byte)WatchPage.EndMark);
            if (mark < 0)
                return length;
            var begin = Encoding.UTF8.GetString(buffer.Span[(mark + 1)..length]);
            using var rest = new StreamReader(content);
            _end = begin + await rest.ReadToEndAsync(cancellationToken);
            return mark;
        }
        catch (IOException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new CommandException(
                ExitCode.Failure,
                $"the stack has broken off the watch ({exception.Message}): it was killed, or this reader was too "
                + "slow");
        }
    }

    public void Dispose() => response.Dispose();
}
