using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace UserTcp.Cli.Services.Http;

/// <summary>
/// Limits of ports 80 and 443 for clients that are slow or want much. Kestrel's own limit for slow readers stays.
/// </summary>
internal static class HttpLimits
{
    /// <summary>Open connections of all end points of HTTP together.</summary>
    public const int MaxConnections = 4096;

    /// <summary>Bytes of a download that one request holds in memory.</summary>
    public const int MaxWrite = 64 * 1024;

    /// <summary>
    /// The same for HTTP/2, where one connection has <see cref="MaxStreams"/> requests at once; the largest DATA frame.
    /// </summary>
    public const int MaxWriteOfStream = 16 * 1024;

    /// <summary>Open streams of one HTTP/2 connection (SETTINGS_MAX_CONCURRENT_STREAMS).</summary>
    public const int MaxStreams = 16;

    /// <summary>Bytes of uploads that one HTTP/2 connection holds in memory (RFC 9113 section 5.2).</summary>
    public const int ConnectionWindow = 128 * 1024;

    /// <summary>The same of one stream (SETTINGS_INITIAL_WINDOW_SIZE).</summary>
    public const int StreamWindow = 64 * 1024;

    public static void Apply(KestrelServerLimits limits)
    {
        limits.MaxRequestBodySize = HttpPages.MaxUpload;
        limits.RequestHeadersTimeout = TimeSpan.FromSeconds(30);
        limits.KeepAliveTimeout = TimeSpan.FromMinutes(2);
        limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));
        limits.Http2.MaxStreamsPerConnection = MaxStreams;
        limits.Http2.InitialConnectionWindowSize = ConnectionWindow;
        limits.Http2.InitialStreamWindowSize = StreamWindow;
    }
}
