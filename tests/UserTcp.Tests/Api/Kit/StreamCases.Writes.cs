namespace UserTcp.Tests.Api.Kit;

/// <content>Cases of writing, of the stream's members, and of the ends of a connection.</content>
internal static partial class StreamCases
{
    private static Dictionary<string, Func<StreamEnds, Task<string>>> Writes => new()
    {
        ["write, and the peer reads"] = async ends =>
        {
            await WriteAsync(ends.Own, "hello");
            return await ReadAsync(ends.Peer, 5, exactly: true);
        },
        ["write an array"] = async ends =>
        {
#pragma warning disable CA1835 // This overload is the case.
            await ends.Own.WriteAsync("hello"u8.ToArray(), 1, 3);
#pragma warning restore CA1835
            return await ReadAsync(ends.Peer, 3, exactly: true);
        },
        ["write begun and ended (APM)"] = async ends =>
        {
            ends.Own.EndWrite(ends.Own.BeginWrite("hello"u8.ToArray(), 0, 5, null, null));
            return await ReadAsync(ends.Peer, 5, exactly: true);
        },
        ["blocking write, and a byte"] = async ends =>
        {
            await Task.Run(() =>
            {
                ends.Own.Write("hello"u8);
                ends.Own.WriteByte((byte)'!');
            }).OrFail();
            return await ReadAsync(ends.Peer, 6, exactly: true);
        },
        ["write nothing"] = async ends =>
        {
            await ends.Own.WriteAsync(ReadOnlyMemory<byte>.Empty).AsTask().OrFail();
            ends.Own.Write([]);
            await WriteAsync(ends.Own, "a");
            return await ReadAsync(ends.Peer, 1, exactly: true);
        },
        ["flush"] = async ends =>
        {
            ends.Own.Flush();
            await ends.Own.FlushAsync().OrFail();
            return "done";
        },
        ["flush with a cancelled token"] = ends => Outcome.OfAsync(ends.Own.FlushAsync(new CancellationToken(true))),
        ["write 4 MB"] = async ends =>
        {
            var received = ReadToEndAsync(ends.Peer);
            await WriteAsync(ends.Own, new string('x', 4 << 20)).OrFail();
            ends.CompleteWrites(ends.Own);
            return Summary(await received);
        },
        ["write with a cancelled token"] = async ends =>
        {
            var outcome = await Outcome.OfAsync(ends.Own.WriteAsync(new byte[5], new CancellationToken(true)).AsTask());
            await WriteAsync(ends.Own, "a");
            return $"{outcome} {await ReadAsync(ends.Peer, 100)}";
        },
        ["cancel a waiting write"] = async ends =>
        {
            using var cancellation = new CancellationTokenSource();
            var write = ends.Own.WriteAsync(new byte[32 << 20], cancellation.Token).AsTask();
            var before = write.IsCompleted;
            await cancellation.CancelAsync();
            return $"{before} {await Outcome.OfAsync(write)}";
        },
        ["what a cancelled write has not sent stays unsent"] = async ends =>
        {
            using var cancellation = new CancellationTokenSource();
            var write = Outcome.OfAsync(ends.Own.WriteAsync(new byte[32 << 20], cancellation.Token).AsTask());
            await cancellation.CancelAsync();
            var outcome = await write;
            ends.CompleteWrites(ends.Own);
            var arrived = (await ReadToEndAsync(ends.Peer)).Length;
            return $"{outcome} {(arrived < 16 << 20 ? "a part" : "all")}";
        },
        ["a cancelled write lets the next one write"] = async ends =>
        {
            using var cancellation = new CancellationTokenSource();
            var write = Outcome.OfAsync(ends.Own.WriteAsync(new byte[32 << 20], cancellation.Token).AsTask());
            await cancellation.CancelAsync();
            var outcome = await write;
            var received = ReadToEndAsync(ends.Peer);
            await WriteAsync(ends.Own, "!").OrFail();
            ends.CompleteWrites(ends.Own);
            return $"{outcome} {(await received)[^1]}";
        },
        ["many cancelled writes do not pile up"] = async ends =>
        {
            for (var i = 0; i < 200; i++)
            {
                using var cancellation = new CancellationTokenSource();
                var write = Outcome.OfAsync(ends.Own.WriteAsync(new byte[256 << 10], cancellation.Token).AsTask());
                await cancellation.CancelAsync();
                await write;
            }

            ends.CompleteWrites(ends.Own);
            return (await ReadToEndAsync(ends.Peer)).Length < 16 << 20 ? "a part" : "all";
        },
        ["blocking write times out"] = async ends =>
        {
            ends.Own.WriteTimeout = 20;
            return await Task.Run(() => Outcome.Of(() => ends.Own.Write(new byte[32 << 20]))).OrFail();
        },
        ["write after the FIN"] = async ends =>
        {
            ends.CompleteWrites(ends.Own);
            return await Outcome.OfAsync(WriteAsync(ends.Own, "a"));
        },
        ["write after the peer's FIN"] = async ends =>
        {
            ends.CompleteWrites(ends.Peer);
            await ReadAsync(ends.Own, 1);
            await WriteAsync(ends.Own, "hello");
            return await ReadAsync(ends.Peer, 5, exactly: true);
        },
        ["FIN while a write waits"] = async ends =>
        {
            var write = Outcome.OfAsync(ends.Own.WriteAsync(new byte[32 << 20]).AsTask());
            ends.CompleteWrites(ends.Own);
            var arrived = (await ReadToEndAsync(ends.Peer)).Length;
            return $"{await write} {(arrived < 16 << 20 ? "a part" : "all")}";
        },
    };

    private static Dictionary<string, Func<StreamEnds, Task<string>>> Members => new()
    {
        ["capabilities"] = ends => Task.FromResult(Capabilities(ends.Own)),
        ["capabilities after dispose"] = async ends =>
        {
            await ends.Own.DisposeAsync();
            return Capabilities(ends.Own);
        },
        ["length"] = ends => Task.FromResult(Outcome.Of(() => ends.Own.Length)),
        ["length set"] = ends => Task.FromResult(Outcome.Of(() => ends.Own.SetLength(1))),
        ["position"] = ends => Task.FromResult(Outcome.Of(() => ends.Own.Position)),
        ["position set"] = ends => Task.FromResult(Outcome.Of(() => ends.Own.Position = 1)),
        ["seek"] = ends => Task.FromResult(Outcome.Of(() => ends.Own.Seek(0, SeekOrigin.Begin))),
        ["timeouts"] = ends => Task.FromResult($"{ends.Own.ReadTimeout} {ends.Own.WriteTimeout}"),
        ["timeouts set"] = ends =>
        {
            (ends.Own.ReadTimeout, ends.Own.WriteTimeout) = (1000, 2000);
            return Task.FromResult($"{ends.Own.ReadTimeout} {ends.Own.WriteTimeout}");
        },
        ["read timeout of 0"] = ends => Task.FromResult(Outcome.Of(() => ends.Own.ReadTimeout = 0)),
        ["write timeout below 0"] = ends => Task.FromResult(Outcome.Of(() => ends.Own.WriteTimeout = -2)),
        ["read into null"] = ends => Task.FromResult(Outcome.Of(() => ends.Own.Read(null!, 0, 1))),
        ["read beyond the array"] = ends => Task.FromResult(Outcome.Of(() => ends.Own.Read(new byte[2], 1, 2))),
        ["read at a negative offset"] = ends => Task.FromResult(Outcome.Of(() => ends.Own.Read(new byte[2], -1, 2))),
        ["write null"] = ends => Task.FromResult(Outcome.Of(() => ends.Own.Write(null!, 0, 1))),
        ["write beyond the array"] = ends => Task.FromResult(Outcome.Of(() => ends.Own.Write(new byte[2], 1, 2))),
    };

    private static Dictionary<string, Func<StreamEnds, Task<string>>> Ends => new()
    {
        ["dispose twice"] = async ends =>
        {
            await ends.Own.DisposeAsync();
            await ends.Own.DisposeAsync();
            ends.Own.Dispose();
            return "done";
        },
        ["dispose sends what was written, and FIN"] = async ends =>
        {
            await WriteAsync(ends.Own, "hello");
            await ends.Own.DisposeAsync();
            return await Outcome.OfAsync(ReadToEndAsync(ends.Peer));
        },
        ["dispose with unread data"] = async ends =>
        {
            await ArriveAsync(ends, "unread");
            await WriteAsync(ends.Own, "hello");
            await ends.Own.DisposeAsync();
            return await Outcome.OfAsync(ReadToEndAsync(ends.Peer));
        },
        ["the peer writes on after dispose"] = async ends =>
        {
            await ends.Own.DisposeAsync();
            await ReadAsync(ends.Peer, 1);
            return await LastErrorAsync(() => WriteAsync(ends.Peer, "a"));
        },
        ["read after dispose"] = async ends =>
        {
            await ends.Own.DisposeAsync();
            return Outcome.Of(() => ends.Own.ReadAsync(new byte[1]).AsTask().Wait());
        },
        ["write after dispose"] = async ends =>
        {
            await ends.Own.DisposeAsync();
            return Outcome.Of(() => ends.Own.WriteAsync(new byte[1]).AsTask().Wait());
        },
        ["dispose while a read waits"] = async ends =>
        {
            var read = Outcome.OfAsync(ReadAsync(ends.Own, 1));
            await ends.Own.DisposeAsync();
            // A socket's read meets the shutdown, which ends it like a FIN, or the close, by chance.
            return Shorten(await read);
        },
        ["dispose while a blocking read waits"] = async ends =>
        {
            var entered = new TaskCompletionSource();
            var read = Task.Run(() =>
            {
                entered.SetResult();
                return Outcome.Of(() => Read(ends.Own, 1));
            });
            await entered.Task;
            await ends.Own.DisposeAsync();
            // A read that begins after the disposal throws ObjectDisposedException.
            return Shorten(await read.OrFail());
        },
        ["dispose while a write waits"] = async ends =>
        {
            var write = Outcome.OfAsync(ends.Own.WriteAsync(new byte[32 << 20]).AsTask());
            await ends.Own.DisposeAsync();
            // A socket's write meets the shutdown or the close, by chance.
            return Shorten(await write);
        },
        ["reset by the peer while a read waits"] = async ends =>
        {
            var read = Outcome.OfAsync(ReadAsync(ends.Own, 1));
            ends.Abort(ends.Peer);
            return await read;
        },
        ["reset by the peer, then read"] = async ends =>
        {
            ends.Abort(ends.Peer);
            return await LastErrorAsync(() => ReadAsync(ends.Own, 1));
        },
        ["reset by the peer while a write waits"] = async ends =>
        {
            var write = Outcome.OfAsync(ends.Own.WriteAsync(new byte[32 << 20]).AsTask());
            ends.Abort(ends.Peer);
            return await write;
        },
        ["reset by the peer, then write"] = async ends =>
        {
            var read = Outcome.OfAsync(ReadAsync(ends.Own, 1));
            ends.Abort(ends.Peer);
            await read;
            return await Outcome.OfAsync(WriteAsync(ends.Own, "a"));
        },
        ["reset by the peer after data, then read"] = async ends =>
        {
            await ArriveAsync(ends, "hello");
            ends.Abort(ends.Peer);
            return await LastErrorAsync(() => ReadAsync(ends.Own, 100));
        },
        ["abort while a read waits"] = async ends =>
        {
            var read = Outcome.OfAsync(ReadAsync(ends.Own, 1));
            ends.Abort(ends.Own);
            return await read;
        },
        ["read after abort"] = ends =>
        {
            ends.Abort(ends.Own);
            return Outcome.OfAsync(Task.Run(() => ends.Own.ReadAsync(new byte[1]).AsTask()));
        },
        ["write after abort"] = ends =>
        {
            ends.Abort(ends.Own);
            return Outcome.OfAsync(Task.Run(() => ends.Own.WriteAsync(new byte[1]).AsTask()));
        },
        ["half-close, and read on"] = async ends =>
        {
            ends.CompleteWrites(ends.Own);
            var end = await ReadAsync(ends.Peer, 1);
            await WriteAsync(ends.Peer, "hello");
            ends.CompleteWrites(ends.Peer);
            return $"[{end}] {await ReadToEndAsync(ends.Own)}";
        },
        ["half-close twice"] = ends =>
        {
            ends.CompleteWrites(ends.Own);
            return Task.FromResult(Outcome.Of(() => ends.CompleteWrites(ends.Own)));
        },
        ["half-close, then dispose"] = async ends =>
        {
            await WriteAsync(ends.Own, "hello");
            ends.CompleteWrites(ends.Own);
            await ends.Own.DisposeAsync();
            return await Outcome.OfAsync(ReadToEndAsync(ends.Peer));
        },
        ["both half-close, then write"] = async ends =>
        {
            ends.CompleteWrites(ends.Peer);
            ends.CompleteWrites(ends.Own);
            await ReadAsync(ends.Own, 1);
            await ReadAsync(ends.Peer, 1);
            return await Outcome.OfAsync(WriteAsync(ends.Own, "a"));
        },
    };

    private static string Capabilities(Stream stream) =>
        $"{stream.CanRead} {stream.CanWrite} {stream.CanSeek} {stream.CanTimeout}";

    private static string Shorten(string outcome) =>
        outcome.StartsWith("IOException", StringComparison.Ordinal) || outcome is "" or nameof(ObjectDisposedException)
            ? "ended"
            : outcome;

    /// <summary>Repeats a call until it fails: the peer's segments take their time.</summary>
    private static async Task<string> LastErrorAsync(Func<Task> call)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
        string outcome;
        // The test's own timeout ends it.
        while ((outcome = await Outcome.OfAsync(call())) == "done")
            await timer.WaitForNextTickAsync();
        return outcome;
    }
}
