using System.Buffers;

namespace UserTcp.Cli.Services;

/// <summary>
/// A minimal HTTP/1.1 responder on the bare API: 13 bytes for a GET without a body, pipelined or not, keep-alive unless
/// the request says "Connection: close". It is for benchmarks; Kestrel does everything else in HTTP. A request that it
/// does not understand gets an error and ends the connection, so that no body is parsed as a request. A request
/// allocates nothing.
/// </summary>
internal static class PlaintextService
{
    /// <summary>
    /// Seconds that a head may take from its first byte to its last, and that the first one may take to come.
    /// </summary>
    public const int HeadSeconds = 15;

    /// <summary>Seconds that a peer may be silent between two requests.</summary>
    public const int IdleSeconds = 120;

    /// <summary>How long to read after an error, in seconds.</summary>
    public const int LingerSeconds = 2;

    /// <summary>
    /// The max bytes of unsent answers before the service waits for the peer to read. An answer is several times as
    /// long as a short request.
    /// </summary>
    private const int MaxUnflushed = 64 * 1024;

    private static readonly byte[][] Answers =
    [
        "HTTP/1.1 200 OK\r\nContent-Length: 13\r\nContent-Type: text/plain\r\n\r\nHello, world!"u8.ToArray(),
        "HTTP/1.1 200 OK\r\nContent-Length: 13\r\nContent-Type: text/plain\r\n\r\n"u8.ToArray(),
        [
            .. "HTTP/1.1 200 OK\r\nContent-Length: 13\r\nConnection: close\r\nContent-Type: text/plain\r\n\r\n"u8,
            .. "Hello, world!"u8,
        ],
        "HTTP/1.1 200 OK\r\nContent-Length: 13\r\nConnection: close\r\nContent-Type: text/plain\r\n\r\n"u8.ToArray(),
        "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray(),
        [.. "HTTP/1.1 405 Method Not Allowed\r\nAllow: GET, HEAD\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8],
        "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray(),
        "HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray(),
        "HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray(),
        "HTTP/1.1 501 Not Implemented\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray(),
        "HTTP/1.1 505 HTTP Version Not Supported\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray(),
    ];

    public static async Task HandleAsync(ServedConnection served, CancellationToken cancellationToken)
    {
        var (input, output) = (served.Connection.Transport.Input, served.Connection.Transport.Output);
        var (until, isInHead) = (served.After(HeadSeconds), false);
        bool isError;
        while (true)
        {
            served.ReadUntil(until);
            var read = await input.ReadAsync(cancellationToken);
            served.Rest();
            var buffer = read.Buffer;
            var last = PlaintextAnswer.Body;
            if (read.IsCanceled && !buffer.IsEmpty)
                output.Write(Answers[(int)(last = PlaintextAnswer.RequestTimeout)]);
            var isOpen = !read.IsCanceled;
            while (isOpen && TryAnswer(ref buffer, output, out var answer))
            {
                last = answer;
                isOpen = last <= PlaintextAnswer.NoBody && !(await output.FlushAsync(cancellationToken)).IsCompleted;
            }

            isError = last > PlaintextAnswer.NoBodyAndClose;
            // After an error all of it is done with: the end of a connection with data unread is a RST.
            input.AdvanceTo(isError ? buffer.End : buffer.Start, buffer.End);
            var flush = await output.FlushAsync(cancellationToken);
            if (!isOpen || read.IsCompleted || flush.IsCompleted)
                break;
            if (buffer.IsEmpty)
                until = served.After(IdleSeconds);
            else if (!isInHead || buffer.Length < read.Buffer.Length)
                until = served.After(HeadSeconds);
            isInHead = !buffer.IsEmpty;
        }

        await output.CompleteAsync();
        if (isError)
        {
            served.ReadUntil(served.After(LingerSeconds));
            await input.DiscardAsync(cancellationToken);
        }

        await input.CompleteAsync();
    }

    /// <summary>
    /// Takes heads off the buffer and answers them. True as soon as the answers have to be flushed: one, which is
    /// <paramref name="answer"/>, ends the connection, or they are many. False when what is left of the buffer is no
    /// whole head.
    /// </summary>
    internal static bool TryAnswer(
        ref ReadOnlySequence<byte> buffer, IBufferWriter<byte> output, out PlaintextAnswer answer)
    {
        var room = MaxUnflushed;
        ReadOnlySpan<byte> before = default;
        answer = PlaintextAnswer.Body;
        while (true)
        {
            var length = before.Length;
            // A pipeline repeats one head: bytes that are the same mean the same.
            if (length == 0 || !buffer.FirstSpan.StartsWith(before))
            {
                if (!TryParse(buffer, out answer, out length))
                    return false;
                before = length <= buffer.FirstSpan.Length ? buffer.FirstSpan[..length] : default;
            }

            buffer = buffer.Slice(length);
            var bytes = Answers[(int)answer];
            output.Write(bytes);
            room -= bytes.Length;
            if (answer > PlaintextAnswer.NoBody || room < 0)
                return true;
        }
    }

    private static bool TryParse(in ReadOnlySequence<byte> buffer, out PlaintextAnswer answer, out int length)
    {
        if (buffer.IsSingleSegment)
            return PlaintextHead.TryParse(buffer.FirstSpan, out answer, out length);
        Span<byte> copy = stackalloc byte[(int)Math.Min(buffer.Length, PlaintextHead.MaxLength + 1)];
        buffer.Slice(0, copy.Length).CopyTo(copy);
        return PlaintextHead.TryParse(copy, out answer, out length);
    }
}
