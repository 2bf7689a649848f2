using System.Text;
using Microsoft.AspNetCore.Http;
using UserTcp.Capture;
using UserTcp.Cli.Filters;
using UserTcp.Tun;

namespace UserTcp.Cli.Control;

/// <summary>
/// The page /watch: a line or a JSON object for each event that a <see cref="WatchRequest"/> wants, until the client
/// leaves. Events are sent together as long as more of them wait.
/// </summary>
internal sealed class WatchPage
{
    /// <summary>A client that reads nothing for this long is dropped.</summary>
    private static readonly TimeSpan MaxStall = TimeSpan.FromSeconds(10);

    /// <summary>Bytes that are sent together at most.</summary>
    private const int MaxBatch = 32 << 10;

    /// <summary>
    /// The pause when no event waits: few wake-ups, and a sent segment has the link's verdict by then.
    /// </summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    private readonly HttpContext _context;
    private readonly StringWriter _text;
    private readonly EventPrinter _printer;
    private long _left;
    private int _batch;

    private WatchPage(HttpContext context, WatchRequest request, FilterList filters, StringWriter text)
    {
        _context = context;
        _text = text;
        _left = request.Count ?? long.MaxValue;
        _printer = new EventPrinter(text, request.Form, request.Style, one => request.Wants(one, filters));
    }

    public static async Task RunAsync(HttpContext context, UserTcpStack stack)
    {
        var request = WatchRequest.Read(context.Request.Query);
        context.Response.ContentType = request.Form switch
        {
            EventForm.Json => "application/x-ndjson",
            EventForm.JsonSequence => "application/qlog+json-seq",
            _ => "text/plain; charset=utf-8",
        };
        if (FilterList.Parse([.. request.Filters], out var problem) is not { } filters)
        {
            await RefuseAsync(context, StatusCodes.Status400BadRequest, problem!);
            return;
        }

        // Making lines of events costs more than the events. It must not take time from the stack.
        await using var text = new StringWriter();
        var page = new WatchPage(context, request, filters, text);
        await BackgroundThread.RunAsync("watch", () => page.Send(stack));
    }

    /// <summary>Sends the events. Waits in the calling thread, which does all the work.</summary>
    private void Send(UserTcpStack stack)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(_context.RequestAborted);
        var events = stack.WatchAsync(end.Token).GetAsyncEnumerator(end.Token);
        // The first step starts the watch, and fails at once when too many are open.
        var next = events.MoveNextAsync().AsTask();
        if (next.IsFaulted)
        {
            var message = next.Exception.InnerException!.Message;
            Wait(RefuseAsync(_context, StatusCodes.Status503ServiceUnavailable, message));
            return;
        }

        try
        {
            Wait(_context.Response.StartAsync(end.Token));
            Flush();
            while (_left > 0 && Wait(next))
            {
                if (_printer.Print(events.Current))
                    _left--;
                next = events.MoveNextAsync().AsTask();
                Write();
                if (!next.IsCompleted)
                    Rest(next);
                else if (_batch >= MaxBatch)
                    Flush();
            }

            _printer.Flush();
            Write();
            Flush();
        }
        catch (OperationCanceledException)
        {
            // The client has left: a watch ends so.
        }
        catch (TimeoutException)
        {
            // The client does not read, and would keep its data in memory without limit.
            _context.Abort();
        }
        finally
        {
            end.Cancel();
            Wait(next.ContinueWith(
                static _ => { }, CancellationToken.None,
                TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default));
            Wait(events.DisposeAsync().AsTask());
        }
    }

    private static bool Wait(Task<bool> task) => task.GetAwaiter().GetResult();

    private static void Wait(Task task) => task.GetAwaiter().GetResult();

    /// <summary>Sends what there is, since no further event waits.</summary>
    private void Rest(Task next)
    {
        _context.RequestAborted.WaitHandle.WaitOne(Pause);
        if (!next.IsCompleted)
            _printer.Flush();
        Write();
        if (_batch > 0)
            Flush();
    }

    /// <summary>Moves what was printed to the response.</summary>
    private void Write()
    {
        var text = _text.GetStringBuilder();
        foreach (var chunk in text.GetChunks())
        {
            var span = _context.Response.BodyWriter.GetSpan(Encoding.UTF8.GetMaxByteCount(chunk.Length));
            var written = Encoding.UTF8.GetBytes(chunk.Span, span);
            _context.Response.BodyWriter.Advance(written);
            _batch += written;
        }

        text.Clear();
    }

    private void Flush()
    {
        _batch = 0;
        Wait(_context.Response.BodyWriter.FlushAsync(_context.RequestAborted).AsTask()
            .WaitAsync(MaxStall, _context.RequestAborted));
    }

    private static Task RefuseAsync(HttpContext context, int status, string message)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsync(message + "\n", context.RequestAborted);
    }
}
