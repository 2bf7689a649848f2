using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace UserTcp.Cli.Lab;

/// <summary>Reads bodies of requests whole, up to a limit.</summary>
internal static class RequestBody
{
    /// <summary>The body as text; null when it is too long, which is answered by 413.</summary>
    public static async Task<string?> ReadStringAsync(HttpContext context, int maxLength) =>
        await ReadAsync(context, maxLength) is { } body
            ? Encoding.UTF8.GetString(body.GetBuffer(), 0, (int)body.Length)
            : null;

    /// <summary>The body, at its start; null when it is too long, which is answered by 413.</summary>
    public static async Task<MemoryStream?> ReadAsync(HttpContext context, int maxLength)
    {
        context.Features.Get<IHttpMaxRequestBodySizeFeature>()!.MaxRequestBodySize = maxLength;
        var body = new MemoryStream();
        try
        {
            await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        }
        catch (BadHttpRequestException exception)
            when (exception.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            await LabAnswer.RefuseAsync(
                context, StatusCodes.Status413PayloadTooLarge, $"more than {maxLength:N0} bytes");
            return null;
        }

        body.Position = 0;
        return body;
    }
}
