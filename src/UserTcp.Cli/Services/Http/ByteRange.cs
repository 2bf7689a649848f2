using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace UserTcp.Cli.Services.Http;

/// <summary>The part of a download that a request asks for (RFC 9110 section 14).</summary>
/// <param name="First">The position of its first byte.</param>
/// <param name="Length">Bytes in it.</param>
internal readonly record struct ByteRange(long First, long Length)
{
    private const string Unit = "bytes";

    /// <summary>
    /// Reads the header Range, and sets the status and the headers of the response. Several ranges count as none, as
    /// section 14.2 allows. Null when no byte of the range exists: the response is then complete.
    /// </summary>
    /// <param name="context">The request and its response.</param>
    /// <param name="length">Bytes of the whole download.</param>
    public static ByteRange? Negotiate(HttpContext context, long length)
    {
        var headers = context.Response.GetTypedHeaders();
        // The same length has the same bytes, always.
        var tag = new EntityTagHeaderValue($"\"{length}\"");
        headers.ETag = tag;
        context.Response.Headers.AcceptRanges = Unit;
        if (Find(context.Request, tag) is not { } wanted)
            return new ByteRange(0, length);
        if (Resolve(wanted, length) is not { } range)
        {
            context.Response.StatusCode = StatusCodes.Status416RangeNotSatisfiable;
            headers.ContentRange = new ContentRangeHeaderValue(length);
            return null;
        }

        context.Response.StatusCode = StatusCodes.Status206PartialContent;
        headers.ContentRange = new ContentRangeHeaderValue(range.First, range.First + range.Length - 1, length);
        return range;
    }

    /// <summary>The range of the request; null when it has none that counts.</summary>
    private static RangeItemHeaderValue? Find(HttpRequest request, EntityTagHeaderValue tag)
    {
        if (!HttpMethods.IsGet(request.Method) || request.Headers.Range.Count == 0)
            return null;
        var headers = request.GetTypedHeaders();
        if (headers.IfRange is { } condition && condition.EntityTag?.Compare(tag, useStrongComparison: true) != true)
            return null;
        return headers.Range is { Ranges.Count: 1 } range && range.Unit == Unit ? range.Ranges.First() : null;
    }

    private static ByteRange? Resolve(RangeItemHeaderValue wanted, long length)
    {
        if (wanted.From is not { } first)
        {
            // The last bytes.
            var last = Math.Min(wanted.To ?? 0, length);
            return last == 0 ? null : new ByteRange(length - last, last);
        }

        if (first >= length)
            return null;
        var end = Math.Min(wanted.To ?? long.MaxValue, length - 1);
        return new ByteRange(first, end - first + 1);
    }
}
