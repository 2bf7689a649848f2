using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace UserTcp.AspNetCore.Tests.Kit;

/// <summary>The client's end of a connection: HTTP by hand, FIN and RST at will.</summary>
internal abstract class Client(Stream stream) : IAsyncDisposable
{
    private const int ChunkOfReading = 16 << 10;

    private byte[] _unread = [];

    public Stream Stream => stream;

    /// <summary>The same connection through a stream over this one, such as TLS.</summary>
    public Client Over(Stream other) => new Decorated(this, other);

    /// <summary>Sends FIN.</summary>
    public abstract void CompleteWrites();

    /// <summary>Sends RST.</summary>
    public abstract void Abort();

    public async ValueTask DisposeAsync() => await stream.DisposeAsync();

    public Task SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    public Task SendAsync(ReadOnlyMemory<byte> data) => stream.WriteAsync(data).OrFail();

    /// <summary>Sends GET with these header lines.</summary>
    public Task GetAsync(string path = "/", params IEnumerable<string> headers) =>
        SendAsync($"GET {path} HTTP/1.1\r\nHost: a\r\n{string.Concat(headers.Select(line => line + "\r\n"))}\r\n");

    /// <summary>Sends the head of a POST with a body of so many bytes.</summary>
    public Task PostAsync(long length, params IEnumerable<string> headers) => SendAsync(
        string.Create(CultureInfo.InvariantCulture, $"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n")
        + string.Concat(headers.Select(line => line + "\r\n")) + "\r\n");

    /// <summary>Sends the head of a POST with a chunked body.</summary>
    public Task PostChunkedAsync() =>
        SendAsync("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");

    /// <summary>Reads exactly so many bytes.</summary>
    public async Task<string> ReadAsync(int count)
    {
        while (_unread.Length < count)
            await FillAsync();
        return Take(count);
    }

    /// <summary>Reads through the first occurrence of this string.</summary>
    public async Task<string> ReadThroughAsync(string end)
    {
        while (true)
        {
            var at = Encoding.Latin1.GetString(_unread).IndexOf(end, StringComparison.Ordinal);
            if (at >= 0)
                return Take(at + end.Length);
            await FillAsync();
        }
    }

    /// <summary>Reads a response; one to HEAD has no body.</summary>
    public async Task<Response> ReadResponseAsync(bool isToHead = false)
    {
        var head = (await ReadThroughAsync("\r\n\r\n")).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var response = new Response(head[0], head[1..]);
        if (isToHead || response.Status is "100" or "101" or "204" or "304")
            return response;
        if (response["Transfer-Encoding"] == "chunked")
            await ReadChunksAsync(response);
        else if (response["Content-Length"] is { Length: > 0 } length)
            response.Body = await ReadAsync(int.Parse(length, CultureInfo.InvariantCulture));
        return response;
    }

    /// <summary>Reads all that follows, and how it ends: "data FIN", "RST".</summary>
    public async Task<string> ReadToEndAsync()
    {
        var end = await EndAsync(FillAsync);
        return $"{Take(_unread.Length)} {end}".TrimStart();
    }

    /// <summary>Writes a body, and reads at the same time a response with one as long.</summary>
    public async Task<byte[]> ExchangeAsync(byte[] data)
    {
        var writing = SendAsync(data);
        await ReadThroughAsync("\r\n\r\n");
        var answer = new byte[data.Length];
        var unread = TakeUnread();
        unread.CopyTo(answer, 0);
        await stream.ReadExactlyAsync(answer.AsMemory(unread.Length)).OrFail();
        await writing;
        return answer;
    }

    /// <summary>How the connection ends, whatever data comes before: "FIN" or "RST".</summary>
    public Task<string> ReadEndAsync() => EndAsync(() =>
    {
        _unread = [];
        return FillAsync();
    });

    /// <summary>What has been received beyond what has been read.</summary>
    public byte[] TakeUnread()
    {
        var unread = _unread;
        _unread = [];
        return unread;
    }

    private static async Task<string> EndAsync(Func<Task> read)
    {
        try
        {
            while (true)
                await read();
        }
        catch (EndOfStreamException)
        {
            return "FIN";
        }
        catch (IOException exception)
            when (exception.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionReset })
        {
            return "RST";
        }
    }

    private async Task ReadChunksAsync(Response response)
    {
        while (true)
        {
            var size = (await ReadThroughAsync("\r\n"))[..^2];
            var length = int.Parse(size, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            if (length == 0)
                break;
            response.Body += await ReadAsync(length);
            response.Chunks++;
            await ReadThroughAsync("\r\n");
        }

        for (string line; (line = await ReadThroughAsync("\r\n")) != "\r\n";)
            response.Trailers += line.TrimEnd();
    }

    private async Task FillAsync()
    {
        var buffer = new byte[ChunkOfReading];
        var count = await stream.ReadAsync(buffer).OrFail();
        if (count == 0)
            throw new EndOfStreamException($"after '{Encoding.Latin1.GetString(_unread)}'");
        _unread = [.. _unread, .. buffer.AsSpan(0, count)];
    }

    private string Take(int count)
    {
        var text = Encoding.Latin1.GetString(_unread, 0, count);
        _unread = _unread[count..];
        return text;
    }

    private sealed class Decorated(Client inner, Stream stream) : Client(stream)
    {
        public override void CompleteWrites() => inner.CompleteWrites();

        public override void Abort() => inner.Abort();
    }
}

/// <summary>A response over HTTP/1.1.</summary>
internal sealed class Response(string statusLine, string[] headers)
{
    public string Status => statusLine.Split(' ')[1];

    public string Body { get; set; } = "";

    public int Chunks { get; set; }

    public string Trailers { get; set; } = "";

    /// <summary>The value of a header; empty without it.</summary>
    public string this[string name] =>
        headers.FirstOrDefault(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase)) is { } line
            ? line[(name.Length + 1)..].Trim()
            : "";

    public override string ToString() => $"{Status} {Body}".TrimEnd();
}
