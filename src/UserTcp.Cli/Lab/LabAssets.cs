using System.IO.Compression;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace UserTcp.Cli.Lab;

/// <summary>
/// The files of the lab's page, which the program has in it. A browser may not load anything else, nor send anything
/// elsewhere.
/// </summary>
internal sealed class LabAssets
{
    private const string Prefix = "page/";
    private const string Start = "index.html";

    private const string Policy =
        "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'none'; "
        + "frame-ancestors 'none'";

    private readonly Dictionary<string, Asset> _assets = Load();

    /// <summary>Bytes of all files as they are sent.</summary>
    public int CompressedLength => _assets.Values.Sum(asset => asset.Compressed.Length);

    /// <summary>Names of the files.</summary>
    public IReadOnlyCollection<string> Names => _assets.Keys;

    /// <summary>Answers a request for a file. 404 when no file has that name.</summary>
    public async Task SendAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        var name = request.Path == "/" ? Start : request.Path.Value!.TrimStart('/');
        if (!_assets.TryGetValue(name, out var asset))
        {
            response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        var headers = response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers.CacheControl = "no-cache";
        headers.ETag = asset.Tag;
        headers.Vary = HeaderNames.AcceptEncoding;
        if (request.Headers.IfNoneMatch.Contains(asset.Tag))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        var isCompressed = request.Headers.AcceptEncoding.ToString().Contains("gzip", StringComparison.Ordinal);
        if (isCompressed)
            headers.ContentEncoding = "gzip";
        response.ContentType = asset.Type;
        var body = isCompressed ? asset.Compressed : asset.Content;
        response.ContentLength = body.Length;
        await response.Body.WriteAsync(body, context.RequestAborted);
    }

    private static Dictionary<string, Asset> Load()
    {
        var assembly = typeof(LabAssets).Assembly;
        return assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .ToDictionary(name => name[Prefix.Length..], name =>
            {
                using var stream = assembly.GetManifestResourceStream(name)!;
                var content = new byte[stream.Length];
                stream.ReadExactly(content);
                var hash = Convert.ToHexStringLower(SHA256.HashData(content));
                return new Asset(content, Compress(content), TypeOf(name), $"\"{hash}\"");
            });
    }

    private static byte[] Compress(byte[] content)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.SmallestSize))
            gzip.Write(content);
        return compressed.ToArray();
    }

    private static string TypeOf(string name) => Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".svg" => "image/svg+xml",
        _ => "application/octet-stream",
    };

    private sealed record Asset(byte[] Content, byte[] Compressed, string Type, string Tag);
}
