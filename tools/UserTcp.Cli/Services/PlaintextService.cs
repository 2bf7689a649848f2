using System.Buffers;
using System.IO.Pipelines;
using System.Text;

namespace UserTcp.Cli.Services;

/// <summary>
/// The least HTTP/1.1 responder on the bare API: 13 octets for any request without a body, pipelined or not, keep-alive unless
/// the request says "Connection: close". For benchmarks; everything else about HTTP is Kestrel's. A request allocates nothing.
/// </summary>
internal static class PlaintextService
{
    private const int MaxHead = 8 * 1024;

    /// <summary>Answers are several times as long as the shortest requests: so many octets of them wait for the peer to read, and then it has to.</summary>
    private const int MaxUnflushed = 64 * 1024;

    private static readonly TimeSpan LingerTime = TimeSpan.FromSeconds(2);

    private static readonly byte[] KeepAlive =
        "HTTP/1.1 200 OK\r\nContent-Length: 13\r\nContent-Type: text/plain\r\n\r\nHello, world!"u8.ToArray();

    private static readonly byte[] Close =
        "HTTP/1.1 200 OK\r\nContent-Length: 13\r\nConnection: close\r\nContent-Type: text/plain\r\n\r\nHello, world!"u8.ToArray();

    private static readonly byte[] TooLarge = "HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray();

    /// <summary>What the text at the start of a connection's input asks for.</summary>
    internal enum Request
    {
        Incomplete,
        KeepAlive,
        Close,
        TooLarge,
    }

    public static async Task HandleAsync(UserTcpConnection connection, CancellationToken cancellationToken)
    {
        var (input, output) = (connection.Transport.Input, connection.Transport.Output);
        var (isOpen, isTooLarge) = (true, false);
        while (isOpen)
        {
            var read = await input.ReadAsync(cancellationToken);
            var buffer = read.Buffer;
            while (isOpen && Take(ref buffer) is var request and not Request.Incomplete)
            {
                isOpen = request == Request.KeepAlive;
                isTooLarge = request == Request.TooLarge;
                output.Write(request switch { Request.KeepAlive => KeepAlive, Request.Close => Close, _ => TooLarge });
                if (output.UnflushedBytes > MaxUnflushed)
                    isOpen &= !(await output.FlushAsync(cancellationToken)).IsCompleted;
            }

            input.AdvanceTo(buffer.Start, buffer.End);
            var flush = await output.FlushAsync(cancellationToken);
            isOpen &= !read.IsCompleted && !flush.IsCompleted;
        }

        await output.CompleteAsync();
        if (isTooLarge)
            await LingerAsync(input, cancellationToken);
        await input.CompleteAsync();
    }

    /// <summary>Reads on for a while: what is unread when a connection closes is answered with RST, which may overtake the last answer.</summary>
    private static async Task LingerAsync(PipeReader input, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(LingerTime);
        try
        {
            while (await input.ReadAsync(limit.Token) is { IsCompleted: false } read)
                input.AdvanceTo(read.Buffer.End);
        }
        catch (OperationCanceledException)
        {
            // The peer has had its time.
        }
    }

    /// <summary>Takes the first request's head off the buffer, if it is whole.</summary>
    internal static Request Take(ref ReadOnlySequence<byte> buffer)
    {
        if (buffer.IsSingleSegment)
            return Take(ref buffer, buffer.FirstSpan);
        Span<byte> copy = stackalloc byte[(int)Math.Min(buffer.Length, MaxHead + 1)];
        buffer.Slice(0, copy.Length).CopyTo(copy);
        return Take(ref buffer, copy);
    }

    private static Request Take(ref ReadOnlySequence<byte> buffer, ReadOnlySpan<byte> text)
    {
        var end = "\r\n\r\n"u8;
        var length = text[..Math.Min(text.Length, MaxHead)].IndexOf(end);
        if (length < 0)
            return text.Length > MaxHead ? Request.TooLarge : Request.Incomplete;
        buffer = buffer.Slice(length + end.Length);
        return AsksToClose(text[..length]) ? Request.Close : Request.KeepAlive;
    }

    private static bool AsksToClose(ReadOnlySpan<byte> head)
    {
        var line = TakeLine(ref head);
        if (!line.EndsWith(" HTTP/1.1"u8))
            return true;
        var name = "Connection:"u8;
        while (!head.IsEmpty)
        {
            line = TakeLine(ref head);
            if (line.Length > name.Length && Ascii.EqualsIgnoreCase(line[..name.Length], name))
                return Ascii.EqualsIgnoreCase(line[name.Length..].Trim((byte)' '), "close"u8);
        }

        return false;
    }

    private static ReadOnlySpan<byte> TakeLine(ref ReadOnlySpan<byte> head)
    {
        var length = head.IndexOf("\r\n"u8);
        var line = length < 0 ? head : head[..length];
        head = length < 0 ? [] : head[(length + 2)..];
        return line;
    }
}
