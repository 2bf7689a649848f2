using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using UserTcp.Cli.Control;

namespace UserTcp.Cli.Services.Http;

/// <summary>
/// The `http` and `https` services: a page about the connection that it is fetched over, and /bytes to move bytes both
/// ways. It shows neither other connections nor the stack's counters: only the control socket does.
/// </summary>
internal static class HttpPages
{
    /// <summary>The largest upload and download, octets.</summary>
    public const long MaxUpload = 16L << 30;

    private static readonly byte[] Chunk = MakeChunk();

    public static void Map(IEndpointRouteBuilder routes)
    {
        // Handlers take the context alone: code generated at run time would bind further parameters, which a native
        // program does not have.
        string[] read = ["GET", "HEAD"];
        routes.MapMethods("/", read, static context =>
        {
            context.Response.ContentType = "text/html; charset=utf-8";
            return WriteAsync(
                context, Encoding.UTF8.GetBytes(FrontPage.Render(OwnRow(context), context.Request.Protocol)));
        });
        routes.MapMethods("/connections", read, static context =>
        {
            context.Response.ContentType = "application/json; charset=utf-8";
            return WriteAsync(
                context,
                JsonSerializer.SerializeToUtf8Bytes(OwnRow(context), ControlJson.Default.ConnectionRowArray));
        });
        routes.MapMethods("/bytes/{count}", read, DownloadAsync);
        routes.MapMethods("/bytes", ["PUT", "POST"], UploadAsync);
        routes.MapMethods("/bytes/{name}", ["PUT", "POST"], UploadAsync);
    }

    /// <summary>
    /// Reads "100", "64k", "100M", "1G" (of 1,024); null when it is none, or more than <see cref="MaxUpload"/>.
    /// </summary>
    internal static long? ParseCount(string text)
    {
        var shift =
            char.ToUpperInvariant(text.Length > 0 ? text[^1] : '0') switch { 'K' => 10, 'M' => 20, 'G' => 30, _ => 0 };
        var digits = shift == 0 ? text : text[..^1];
        if (!long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            || count > MaxUpload >> shift)
        {
            return null;
        }

        return count << shift;
    }

    /// <summary>The row of the very connection that the request came over; none when that is not the stack's.</summary>
    private static ConnectionRow[] OwnRow(HttpContext context) =>
        context.Features.Get<UserTcpConnection>() is { } own ? [ConnectionRow.From(own.GetInfo())] : [];

    /// <summary>
    /// With its length, so that HEAD says what GET would send. Kestrel leaves out the body of the former.
    /// </summary>
    private static async Task WriteAsync(HttpContext context, byte[] body)
    {
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }

    internal static async Task DownloadAsync(HttpContext context)
    {
        var count = (string)context.GetRouteValue("count")!;
        if (ParseCount(count) is not { } octets)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            await context.Response.WriteAsync(
                $"'{count}' is not a number of octets, such as 100, 64k or 100M, of at most 16G.\n");
            return;
        }

        context.Response.ContentType = "application/octet-stream";
        if (ByteRange.Negotiate(context, octets) is not { } range)
            return;
        // HTTP/1.0 gets no length: the end of the connection is the end of the body, so the server closes first.
        if (context.Request.Protocol != HttpProtocol.Http10)
            context.Response.ContentLength = range.Length;
        if (HttpMethods.IsHead(context.Request.Method))
            return;
        var body = context.Response.BodyWriter;
        var end = range.First + range.Length;
        var maxWrite = HttpProtocol.IsHttp2(context.Request.Protocol)
            ? HttpLimits.MaxWriteOfStream
            : HttpLimits.MaxWrite;
        for (var at = range.First; at < end;)
        {
            var start = (int)(at % Chunk.Length);
            var length = (int)Math.Min(end - at, Math.Min(maxWrite, Chunk.Length - start));
            body.Write(Chunk.AsSpan(start, length));
            at += length;
            if ((await body.FlushAsync(context.RequestAborted)).IsCompleted)
                return;
        }
    }

    private static async Task UploadAsync(HttpContext context)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var body = context.Request.BodyReader;
        long octets = 0;
        while (true)
        {
            var read = await body.ReadAsync(context.RequestAborted);
            foreach (var piece in read.Buffer)
                hash.AppendData(piece.Span);
            octets += read.Buffer.Length;
            body.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
                break;
        }

        var receipt = new UploadReceipt(octets, Convert.ToHexStringLower(hash.GetHashAndReset()));
        await context.Response.WriteAsJsonAsync(receipt, ControlJson.Default.UploadReceipt);
    }

    /// <summary>Octets that look like nothing in particular, the same on every run: each 64 KB repeat.</summary>
    private static byte[] MakeChunk()
    {
        var chunk = new byte[HttpLimits.MaxWrite];
        var state = 0x9E3779B9u;
        for (var i = 0; i < chunk.Length; i++)
        {
            state = unchecked((state * 1_664_525) + 1_013_904_223);
            chunk[i] = (byte)(state >> 24);
        }

        return chunk;
    }
}
