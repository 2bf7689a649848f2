using System.Buffers;
using Microsoft.AspNetCore.Connections;

namespace UserTcp.Cli.Services.Http;

/// <summary>The bytes that every client of HTTP/2 sends first (RFC 9113 section 3.4).</summary>
internal static class Http2Preface
{
    private static ReadOnlySpan<byte> Bytes => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8;

    /// <summary>
    /// True when a connection begins with the preface, which stays unread. Null, after an abort, when the connection
    /// was reset or has not sent enough in time.
    /// </summary>
    public static async ValueTask<bool?> BeginsAsync(ConnectionContext connection, TimeSpan maxWait)
    {
        var input = connection.Transport.Input;
        using var limit = new CancellationTokenSource(maxWait);
        try
        {
            while (true)
            {
                var read = await input.ReadAsync(limit.Token);
                var begins = Match(read.Buffer);
                var isKnown = begins is not null || read.IsCompleted || read.IsCanceled;
                input.AdvanceTo(read.Buffer.Start, isKnown ? read.Buffer.Start : read.Buffer.End);
                if (isKnown)
                    return begins ?? false;
            }
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            connection.Abort();
            return null;
        }
    }

    /// <summary>Null when the bytes are too few to tell.</summary>
    internal static bool? Match(in ReadOnlySequence<byte> bytes)
    {
        var first = bytes.Slice(0, Math.Min(bytes.Length, Bytes.Length));
        var at = 0;
        foreach (var piece in first)
        {
            if (!piece.Span.SequenceEqual(Bytes.Slice(at, piece.Length)))
                return false;
            at += piece.Length;
        }

        return at == Bytes.Length ? true : null;
    }
}
