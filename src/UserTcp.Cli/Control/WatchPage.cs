using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using UserTcp.Capture;
using UserTcp.Cli.Filters;
using UserTcp.Cli.Hosting;
using UserTcp.Tun;

namespace UserTcp.Cli.Control;

/// <summary>
/// The page /watch: a line or a JSON object for each event that a <see cref="WatchRequest"/> wants, until the client
/// leaves, or the stack stops. Events are sent together as long as more of them wait.
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

    private static readonly TimeSpan BeatInterval = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Stands before the word that says why a watch has ended (<see cref="WatchRequest.SaysEnd"/>): EOT, which no form
    /// of events has.
    /// </summary>
    public const char EndMark = '\x4';

    /// <summary>The word when the stack has stopped, or its host is going to.</summary>
    public const string StackStopped = "stopped";

    /// <summary>The word when a fault has ended the stack.</summary>
    public const string StackFailed = "failed";

    /// <summary>How long a watch goes on, when its host stops and events still come.</summary>
    private static readonly TimeSpan MaxEnd = TimeSpan.FromSeconds(1);

    private readonly HttpContext _context;
    private readonly UserTcpStack _stack;
    private readonly bool _hasBeat;
    private readonly string _contentType;
    private readonly bool _saysEnd;
    private readonly CancellationToken _stopping;
    private readonly StringWriter _text;
    private readonly EventPrinter _printer;
    private byte[] _bytes = [];
    private long _left;
    private long? _stoppingSince;
    private int _batch;

    private WatchPage(
        HttpContext context, UserTcpStack stack, WatchRequest request, FilterList filters, StringWriter text,
        PeerStates? peers)
    {
        (_context, _stack, _hasBeat) = (context, stack, request.HasBeat);
        _text = text;
        _saysEnd = request.SaysEnd;
        _left = request.Count ?? long.MaxValue;
        _contentType = request.Form switch
        {
            EventForm.Json => "application/x-ndjson",
            EventForm.JsonSequence => "application/qlog+json-seq",
            _ => "text/plain; charset=utf-8",
        };
        _stopping = context.RequestServices.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        _printer = new EventPrinter(
            text, request.Form, request.Style, one => request.Wants(one, filters),
            peers is null ? null : peers.Complete);
    }

    private TimeSpan Beat => _hasBeat ? BeatInterval : Timeout.InfiniteTimeSpan;

    /// <summary>Answers a request whose query says what it wants.</summary>
    public static Task RunAsync(HttpContext context, UserTcpStack stack) =>
        WatchRequest.Read(context.Request.Query, out var problem) is { } request
            ? RunAsync(context, stack, request)
            : RefuseAsync(context, StatusCodes.Status400BadRequest, problem!);

    /// <summary>Answers a request.</summary>
    /// <param name="context">The request.</param>
    /// <param name="stack">The stack that is watched.</param>
    /// <param name="request">What the request wants.</param>
    /// <param name="peers">Has the states of the kernel's ends; null where they are not known.</param>
    public static async Task RunAsync(
        HttpContext context, UserTcpStack stack, WatchRequest request, PeerStates? peers = null)
    {
        if (FilterList.Parse([.. request.Filters], out var problem) is not { } filters)
        {
            await RefuseAsync(context, StatusCodes.Status400BadRequest, problem!);
            return;
        }

        // Making lines of events costs more than the events. It must not take time from the stack.
        using var reader = peers?.AddReader();
        await using var text = new StringWriter();
        var page = new WatchPage(context, stack, request, filters, text, peers);
        await BackgroundThread.RunAsync("watch", page.Send);
    }

    /// <summary>Sends the events. Waits in the calling thread, which does all the work.</summary>
    private void Send()
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(_context.RequestAborted);
        var events = _stack.WatchAsync(end.Token).GetAsyncEnumerator(end.Token);
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
            _context.Response.ContentType = _contentType;
            Wait(_context.Response.StartAsync(end.Token));
            Flush();
            while (_left > 0 && HasNext(next))
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
            if (_saysEnd)
                _text.Write($"{EndMark}{(_left > 0 ? EndOf() : "counted")}");
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

    /// <summary>
    /// Waits for the next event. False when the stack has ended, and when the host stops and no event waits: the host
    /// waits for open requests before it ends the stack.
    /// </summary>
    private bool HasNext(Task<bool> next)
    {
        if (_stopping.IsCancellationRequested)
            _stoppingSince ??= Stopwatch.GetTimestamp();
        if (_stoppingSince is { } since && Stopwatch.GetElapsedTime(since) > MaxEnd)
            return false;
        try
        {
            while (!next.IsCompleted && Task.WaitAny([next], (int)Beat.TotalMilliseconds, _stopping) < 0)
                WriteBeat();
        }
        catch (OperationCanceledException) when (!next.IsCompleted)
        {
            return false;
        }

        return Wait(next);
    }

    private void WriteBeat()
    {
        var time = _stack.Now.Ticks * TimeSpan.NanosecondsPerTick;
        _text.Write(string.Create(CultureInfo.InvariantCulture, $"{{\"kind\":\"alive\",\"t\":{time}}}\n"));
        Write();
        Flush();
    }

    private string EndOf()
    {
        // The events end a moment before the stack.
        Task.WaitAny([_stack.Completion], Pause);
        return _stack.Completion.IsFaulted ? StackFailed : StackStopped;
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
            var max = Encoding.UTF8.GetMaxByteCount(chunk.Length);
            if (_bytes.Length < max)
                _bytes = new byte[Math.Max(max, _bytes.Length * 2)];
            var written = Encoding.UTF8.GetBytes(chunk.Span, _bytes);
            // When the client has left, the response offers less room than is asked for.
            _context.Response.BodyWriter.Write(_bytes.AsSpan(0, written));
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
