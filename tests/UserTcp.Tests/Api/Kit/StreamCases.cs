using System.Text;

namespace UserTcp.Tests.Api.Kit;

/// <summary>
/// What a program does with the stream of a connection. Each case returns its outcome in words, without times and
/// without numbers that depend on buffers.
/// </summary>
internal static partial class StreamCases
{
    private const int PageSize = 4096;

    public static readonly IReadOnlyDictionary<string, Func<StreamEnds, Task<string>>> All =
        new Dictionary<string, Func<StreamEnds, Task<string>>>([.. Reads, .. Overlaps, .. Writes, .. Members, .. Ends]);

    private static Dictionary<string, Func<StreamEnds, Task<string>>> Reads => new()
    {
        ["read what has arrived"] = async ends =>
        {
            await ArriveAsync(ends, "hello");
            return await ReadAsync(ends.Own, 100);
        },
        ["read less than has arrived, then the rest"] = async ends =>
        {
            await ArriveAsync(ends, "hello");
            return $"{await ReadAsync(ends.Own, 2)} {await ReadAsync(ends.Own, 100)}";
        },
        ["read into an empty buffer when data is there"] = async ends =>
        {
            await ArriveAsync(ends, "hello");
            return $"{await ends.Own.ReadAsync(Memory<byte>.Empty)} {await ReadAsync(ends.Own, 100)}";
        },
        ["read into an empty buffer waits for data"] = async ends =>
        {
            var read = ends.Own.ReadAsync(Memory<byte>.Empty).AsTask();
            var before = read.IsCompleted;
            await WriteAsync(ends.Peer, "hello");
            return $"{before} {await read.OrFail()} {await ReadAsync(ends.Own, 100)}";
        },
        ["read waits for data"] = async ends =>
        {
            var read = ReadAsync(ends.Own, 100);
            var before = read.IsCompleted;
            await WriteAsync(ends.Peer, "hello");
            return $"{before} {await read.OrFail()}";
        },
        ["blocking read waits for data"] = async ends =>
        {
            var read = Task.Run(() => Read(ends.Own, 100));
            await WriteAsync(ends.Peer, "hello");
            return await read.OrFail();
        },
        ["read of an array"] = async ends =>
        {
            var buffer = new byte[10];
            await ArriveAsync(ends, "hello");
#pragma warning disable CA1835 // This overload is the case.
            return $"{await ends.Own.ReadAsync(buffer, 3, 2)} {Encoding.ASCII.GetString(buffer, 3, 2)}";
#pragma warning restore CA1835
        },
        ["read begun and ended (APM)"] = async ends =>
        {
            var buffer = new byte[10];
            await ArriveAsync(ends, "hello");
            return $"{ends.Own.EndRead(ends.Own.BeginRead(buffer, 0, 10, null, null))}";
        },
        ["read at the FIN"] = async ends =>
        {
            ends.CompleteWrites(ends.Peer);
            return $"[{await ReadAsync(ends.Own, 100)}] [{await ReadAsync(ends.Own, 100)}]";
        },
        ["read data before the FIN"] = async ends =>
        {
            await WriteAsync(ends.Peer, "hello");
            ends.CompleteWrites(ends.Peer);
            return $"[{await ReadToEndAsync(ends.Own)}] [{await ReadAsync(ends.Own, 100)}]";
        },
        ["waiting read gets the FIN"] = async ends =>
        {
            var read = ReadAsync(ends.Own, 100);
            ends.CompleteWrites(ends.Peer);
            return $"[{await read.OrFail()}]";
        },
        ["read bytes, and the end"] = async ends =>
        {
            await WriteAsync(ends.Peer, "a");
            ends.CompleteWrites(ends.Peer);
            return await Task.Run(() => $"{ends.Own.ReadByte()} {ends.Own.ReadByte()}").OrFail();
        },
        ["read exactly more than there is"] = async ends =>
        {
            await WriteAsync(ends.Peer, "hello");
            ends.CompleteWrites(ends.Peer);
            return await Outcome.OfAsync(ends.Own.ReadExactlyAsync(new byte[6]).AsTask());
        },
        ["copy to another stream"] = async ends =>
        {
            var copy = new MemoryStream();
            await WriteAsync(ends.Peer, "hello");
            ends.CompleteWrites(ends.Peer);
            await ends.Own.CopyToAsync(copy).OrFail();
            return Encoding.ASCII.GetString(copy.ToArray());
        },
        ["read with a cancelled token"] = async ends =>
        {
            await ArriveAsync(ends, "hello");
            var outcome = await Outcome.OfAsync(ends.Own.ReadAsync(new byte[5], new CancellationToken(true)).AsTask());
            return $"{outcome} {await ReadAsync(ends.Own, 100)}";
        },
        ["cancel a waiting read, and read on"] = async ends =>
        {
            using var cancellation = new CancellationTokenSource();
            var read = Outcome.OfAsync(ends.Own.ReadAsync(new byte[5], cancellation.Token).AsTask());
            await cancellation.CancelAsync();
            await WriteAsync(ends.Peer, "hello");
            return $"{await read} {await ReadAsync(ends.Own, 100)}";
        },
        ["blocking read times out, and reads on"] = async ends =>
        {
            ends.Own.ReadTimeout = 20;
            var outcome = await Task.Run(() => Outcome.Of(() => Read(ends.Own, 5))).OrFail();
            ends.Own.ReadTimeout = Timeout.Infinite;
            await WriteAsync(ends.Peer, "hello");
            return $"{outcome} {await Task.Run(() => Read(ends.Own, 100)).OrFail()}";
        },
        ["read timeout leaves asynchronous reads alone"] = async ends =>
        {
            ends.Own.ReadTimeout = 1;
            var read = ReadAsync(ends.Own, 100);
            await Task.Run(() => Outcome.Of(() => new ManualResetEventSlim().Wait(30))).OrFail();
            await WriteAsync(ends.Peer, "hello");
            return await read.OrFail();
        },
        ["what can be read is counted"] = async ends =>
        {
            var before = $"{ends.Available} {ends.DataAvailable}";
            await ArriveAsync(ends, "hello");
            var between = $"{ends.Available} {ends.DataAvailable}";
            await ReadAsync(ends.Own, 2);
            return $"{before}, {between}, {ends.Available} {ends.DataAvailable}";
        },
    };

    private static Dictionary<string, Func<StreamEnds, Task<string>>> Overlaps => new()
    {
        ["two reads overlap"] = async ends =>
        {
            var (first, second) = (ReadAsync(ends.Own, 2), ReadAsync(ends.Own, 2));
            await WriteAsync(ends.Peer, "abcd");
            return $"{await first.OrFail()} {await second.OrFail()}";
        },
        ["a hundred reads overlap"] = async ends =>
        {
            var reads = Enumerable.Range(0, 100).Select(_ => ReadAsync(ends.Own, 1)).ToArray();
            await WriteAsync(ends.Peer, Letters(100));
            return string.Concat(await Task.WhenAll(reads).OrFail());
        },
        ["reads overlap, and the FIN ends the rest"] = async ends =>
        {
            var reads = Enumerable.Range(0, 3).Select(_ => ReadAsync(ends.Own, 10)).ToArray();
            await WriteAsync(ends.Peer, "a");
            await reads[0].OrFail();
            ends.CompleteWrites(ends.Peer);
            return string.Join(',', await Task.WhenAll(reads).OrFail());
        },
        ["the first of two reads is cancelled"] = async ends =>
        {
            using var cancellation = new CancellationTokenSource();
            var first = Outcome.OfAsync(ends.Own.ReadAsync(new byte[2], cancellation.Token).AsTask());
            var second = ReadAsync(ends.Own, 2);
            await cancellation.CancelAsync();
            await WriteAsync(ends.Peer, "ab");
            return $"{await first} {await second.OrFail()}";
        },
        ["the second of two reads is cancelled"] = async ends =>
        {
            using var cancellation = new CancellationTokenSource();
            var first = ReadAsync(ends.Own, 2);
            var second = Outcome.OfAsync(ends.Own.ReadAsync(new byte[2], cancellation.Token).AsTask());
            var third = ReadAsync(ends.Own, 2);
            await cancellation.CancelAsync();
            await WriteAsync(ends.Peer, "abcd");
            return $"{await first.OrFail()} {await second} {await third.OrFail()}";
        },
        ["a read is forgotten, and another reads on"] = async ends =>
        {
            _ = ends.Own.ReadAsync(new byte[2], 0, 2);
            await WriteAsync(ends.Peer, "abcd");
            return await ReadAsync(ends.Own, 2).OrFail();
        },
        ["a value task is forgotten, and another read reads on"] = async ends =>
        {
            var buffer = new byte[2];
#pragma warning disable CA2012 // Forgetting it is the case.
            _ = ends.Own.ReadAsync(buffer.AsMemory());
#pragma warning restore CA2012
            await WriteAsync(ends.Peer, "abcd");
            return $"{await ReadAsync(ends.Own, 2).OrFail()} {Encoding.ASCII.GetString(buffer)}";
        },
        ["a blocking read behind an asynchronous one"] = async ends =>
        {
            var first = ReadAsync(ends.Own, 2);
            var second = Task.Run(() => Read(ends.Own, 2));
            await WriteAsync(ends.Peer, "ab");
            var one = await first.OrFail();
            await WriteAsync(ends.Peer, "cd");
            return $"{one} {await second.OrFail()}";
        },
        ["two writes overlap"] = async ends =>
        {
            var writes = new[] { WriteAsync(ends.Own, "ab"), WriteAsync(ends.Own, "cd") };
            await Task.WhenAll(writes).OrFail();
            return await ReadAsync(ends.Peer, 4, exactly: true);
        },
        ["five hundred large writes overlap"] = async ends =>
        {
            var received = ReadToEndAsync(ends.Peer);
            var writes = Enumerable.Range(0, 500).Select(i => ends.Own.WriteAsync(Page(i), 0, PageSize));
            await Task.WhenAll(writes.ToArray()).OrFail();
            ends.CompleteWrites(ends.Own);
            return Summary(await received.OrFail());
        },
        ["writes are forgotten"] = async ends =>
        {
            var received = ReadToEndAsync(ends.Peer);
            for (var i = 0; i < 50; i++)
                _ = ends.Own.WriteAsync(Page(i), 0, PageSize);
            await WriteAsync(ends.Own, "!").OrFail();
            ends.CompleteWrites(ends.Own);
            return Summary(await received.OrFail());
        },
        ["reads and writes overlap"] = async ends =>
        {
            var echo = Task.Run(async () =>
            {
                var buffer = new byte[100];
                int count;
                while ((count = await ends.Peer.ReadAsync(buffer)) > 0)
                    await ends.Peer.WriteAsync(buffer.AsMemory(0, count));
            });
            var read = ReadAsync(ends.Own, 1000, exactly: true);
            for (var i = 0; i < 10; i++)
                _ = WriteAsync(ends.Own, Letters(100));
            var text = await read.OrFail();
            ends.CompleteWrites(ends.Own);
            await echo.OrFail();
            return Summary(text);
        },
    };

    /// <summary>Waits until all of it can be read, so that the outcome does not depend on time.</summary>
    private static async Task ArriveAsync(StreamEnds ends, string text)
    {
        var before = ends.Available;
        await WriteAsync(ends.Peer, text);
        await Until.TrueAsync(() => ends.Available == before + text.Length);
    }

    private static Task WriteAsync(Stream stream, string text) =>
        stream.WriteAsync(Encoding.ASCII.GetBytes(text)).AsTask();

    private static async Task<string> ReadAsync(Stream stream, int max, bool exactly = false)
    {
        var buffer = new byte[max];
        var count = exactly ? await stream.ReadAtLeastAsync(buffer, max) : await stream.ReadAsync(buffer);
        return Encoding.ASCII.GetString(buffer, 0, count);
    }

    private static string Read(Stream stream, int max)
    {
        var buffer = new byte[max];
        return Encoding.ASCII.GetString(buffer, 0, stream.Read(buffer, 0, max));
    }

    private static async Task<string> ReadToEndAsync(Stream stream)
    {
        var all = new MemoryStream();
        await stream.CopyToAsync(all).OrFail();
        return Encoding.ASCII.GetString(all.ToArray());
    }

    private static char Letter(int i) => (char)('a' + (i % 26));

    private static string Letters(int count) => string.Concat(Enumerable.Range(0, count).Select(Letter));

    private static byte[] Page(int i) => Encoding.ASCII.GetBytes(new string(Letter(i), PageSize));

    /// <summary>A long string as its length and its runs of equal letters.</summary>
    private static string Summary(string text)
    {
        var runs = new List<string>();
        for (var (i, start) = (1, 0); i <= text.Length; i++)
        {
            if (i < text.Length && text[i] == text[start])
                continue;
            runs.Add($"{text[start]}{i - start}");
            start = i;
        }

        return $"{text.Length}: {string.Join(' ', runs)}";
    }
}
