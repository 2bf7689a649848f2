using System.Buffers.Binary;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using UserTcp.Cli.Services.Http;
using UserTcp.Cli.Tests.Kit;
using Xunit;

namespace UserTcp.Cli.Tests;

/// <summary>What one client can make ports 80 and 443 hold.</summary>
public sealed class HttpLimitTests : HttpSite
{
    private const int FrameHeader = 9;
    private const byte Settings = 4;
    private const byte WindowUpdate = 8;

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task One_connection_of_HTTP2_has_few_streams_and_small_windows()
    {
        await using var connection = await Client.ConnectAsync(new IPEndPoint(ServerAddress, 80), Cancellation);
        var stream = connection.GetStream();
        // The preface, and SETTINGS without a setting.
        await stream.WriteAsync(
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u0004\0\0\0\0\0"u8.ToArray(), Cancellation);

        var settings = await ReadFrameAsync(stream, Settings);
        var values = settings.Chunk(6).ToDictionary(
            setting => BinaryPrimitives.ReadUInt16BigEndian(setting),
            setting => BinaryPrimitives.ReadUInt32BigEndian(setting.AsSpan(2)));
        var increment = BinaryPrimitives.ReadUInt32BigEndian(await ReadFrameAsync(stream, WindowUpdate));

        // SETTINGS_MAX_CONCURRENT_STREAMS and SETTINGS_INITIAL_WINDOW_SIZE. A connection's window starts at 65,535.
        Assert.Equal((16u, 65_536u), (values[3], values[4]));
        Assert.Equal(128u * 1024, 65_535 + increment);
    }

    [Theory]
    [InlineData("HTTP/1.1", 64 * 1024)]
    [InlineData("HTTP/2", 16 * 1024)]
    public async Task A_download_holds_one_write_in_memory(string protocol, int max)
    {
        await using var body = new CountingStream();
        var context = new DefaultHttpContext();
        context.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(body));
        context.Request.Method = "GET";
        context.Request.Protocol = protocol;
        context.Request.RouteValues["count"] = "200k";

        await HttpPages.DownloadAsync(context);

        Assert.Equal(200 * 1024, body.Total);
        Assert.Equal(max, body.LargestFlush);
    }

    [Theory]
    [InlineData(80)]
    [InlineData(443)]
    public async Task All_end_points_share_the_limit_of_connections(int port)
    {
        var quota = Application.Services.GetRequiredService<HttpQuota>();
        for (var i = 0; i < HttpLimits.MaxConnections; i++)
            Assert.True(quota.TryEnter());

        await using (var refused = await Client.ConnectAsync(new IPEndPoint(ServerAddress, port), Cancellation))
        {
            var read = refused.GetStream().ReadAsync(new byte[1], Cancellation).AsTask();
            var reset = await Assert.ThrowsAsync<IOException>(() => read.WaitAsync(Timeout, Cancellation));
            Assert.Equal(SocketError.ConnectionReset, (reset.InnerException as SocketException)?.SocketErrorCode);
        }

        quota.Leave();
        using var handler = new SocketsHttpHandler().UseUserTcp(Client);
        handler.SslOptions.RemoteCertificateValidationCallback = static (_, _, _, errors) =>
            errors == SslPolicyErrors.RemoteCertificateChainErrors;
        using var visitor = new HttpClient(handler);
        var page = await visitor.GetStringAsync(
            new Uri($"{(port == 80 ? "http" : "https")}://{ServerAddress}/"), Cancellation);
        Assert.Contains("UserTcp", page, StringComparison.Ordinal);
    }

    /// <summary>The payload of the next frame of a type; those of other types are skipped.</summary>
    private static async Task<byte[]> ReadFrameAsync(Stream stream, byte type)
    {
        while (true)
        {
            var header = new byte[FrameHeader];
            await stream.ReadExactlyAsync(header, Cancellation).AsTask().WaitAsync(Timeout, Cancellation);
            var payload = new byte[BinaryPrimitives.ReadInt32BigEndian(header) >> 8];
            await stream.ReadExactlyAsync(payload, Cancellation).AsTask().WaitAsync(Timeout, Cancellation);
            if (header[3] == type)
                return payload;
        }
    }

    /// <summary>Counts the bytes between two flushes.</summary>
    private sealed class CountingStream : MemoryStream
    {
        private long _flushed;

        public long Total => Length;

        public long LargestFlush { get; private set; }

        public override Task FlushAsync(CancellationToken cancellationToken)
        {
            LargestFlush = Math.Max(LargestFlush, Length - _flushed);
            _flushed = Length;
            return Task.CompletedTask;
        }
    }
}
