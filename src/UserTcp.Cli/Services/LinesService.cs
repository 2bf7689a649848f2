using System.Buffers;
using System.Buffers.Text;
using System.IO.Pipelines;

namespace UserTcp.Cli.Services;

/// <summary>
/// Answers a line with a number by as many numbered lines: "3" draws "1", "2" and "3". Over UDP each line is one
/// datagram (<see cref="LineDatagrams"/>), so that losses can be counted and named.
/// </summary>
internal static class LinesService
{
    /// <summary>The port of both protocols.</summary>
    public const int Port = 2000;

    /// <summary>Max lines for one request.</summary>
    public const int MaxLines = 1000;

    /// <summary>Bytes of the longest line that is sent.</summary>
    public const int MaxLineLength = 5;

    private const int MaxRequest = 64;

    private static ReadOnlySpan<byte> Refusal => "a number from 1 to 1000, please\n"u8;

    public static async Task HandleAsync(ServedConnection served, CancellationToken cancellationToken)
    {
        var (input, output) = (served.Connection.Transport.Input, served.Connection.Transport.Output);
        while (true)
        {
            served.ReadUntil(served.After(EchoService.IdleSeconds));
            var read = await input.ReadAsync(cancellationToken);
            served.Rest();
            var rest = read.Buffer;
            // The last line of a client may have no end.
            var isOver = read.IsCompleted || read.IsCanceled;
            while (TryReadLine(ref rest, read.IsCompleted, out var line))
                Answer(line, output);
            var isTooLong = rest.Length > MaxRequest;
            input.AdvanceTo(rest.Start, rest.End);
            var flush = await output.FlushAsync(cancellationToken);
            if (isOver || isTooLong || flush.IsCompleted)
                break;
        }

        await output.CompleteAsync();
        await input.CompleteAsync();
    }

    /// <summary>The number of a request; false when it is not one from 1 to <see cref="MaxLines"/>.</summary>
    public static bool TryParseCount(ReadOnlySpan<byte> request, out int count)
    {
        request = request.Trim(" \r\n"u8);
        return Utf8Parser.TryParse(request, out count, out var used) && used == request.Length
            && count is >= 1 and <= MaxLines;
    }

    /// <summary>Writes a line and returns its length.</summary>
    public static int WriteLine(Span<byte> destination, int number)
    {
        Utf8Formatter.TryFormat(number, destination, out var length);
        destination[length] = (byte)'\n';
        return length + 1;
    }

    private static bool TryReadLine(ref ReadOnlySequence<byte> rest, bool isLast, out ReadOnlySequence<byte> line)
    {
        line = rest;
        if (rest.PositionOf((byte)'\n') is { } end)
        {
            line = rest.Slice(0, end);
            rest = rest.Slice(rest.GetPosition(1, end));
            return true;
        }

        rest = isLast ? rest.Slice(rest.End) : rest;
        return isLast && !line.IsEmpty;
    }

    private static void Answer(in ReadOnlySequence<byte> line, PipeWriter output)
    {
        Span<byte> request = stackalloc byte[MaxRequest];
        var isShort = line.Length <= MaxRequest;
        if (isShort)
            line.CopyTo(request);
        if (!isShort || !TryParseCount(request[..(int)line.Length], out var count))
        {
            output.Write(Refusal);
            return;
        }

        for (var number = 1; number <= count; number++)
            output.Advance(WriteLine(output.GetSpan(MaxLineLength), number));
    }
}
