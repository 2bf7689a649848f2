using System.Buffers;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using UserTcp.Cli.Services.Http;
using UserTcp.Cli.Tests.Kit;
using UserTcp.Engine.Contract;
using Xunit;

namespace UserTcp.Cli.Tests;

/// <summary>What port 80 says of connections: to each visitor its own, and nothing of anybody else's.</summary>
public sealed class HttpPageTests : HttpSite
{
    [Fact]
    public async Task Connections_are_the_visitors_own_one()
    {
        await using var other = await Client.ConnectAsync(new IPEndPoint(ServerAddress, 80), Cancellation);
        using var visitor = NewVisitor();

        using var rows = JsonDocument.Parse(
            await visitor.GetStringAsync(new Uri("http://198.18.0.2/connections"), Cancellation));

        var row = Assert.Single(rows.RootElement.EnumerateArray());
        Assert.Equal("ESTABLISHED", row.GetProperty("state").GetString());
        Assert.Equal(VisitorsPort(other), IPEndPoint.Parse(row.GetProperty("peer").GetString()!).Port);
        Assert.Equal("198.18.0.2:80", row.GetProperty("local").GetString());
        Assert.True(row.GetProperty("octetsReceived").GetInt64() > 0);
    }

    [Fact]
    public async Task The_page_shows_the_visitors_connection_and_no_other()
    {
        await using var other = await Client.ConnectAsync(new IPEndPoint(ServerAddress, 80), Cancellation);
        using var visitor = NewVisitor();

        var page = await visitor.GetStringAsync(new Uri("http://198.18.0.2/"), Cancellation);

        Assert.Contains($"<td>198.18.0.1:{VisitorsPort(other)}</td>", page, StringComparison.Ordinal);
        Assert.DoesNotContain($":{other.LocalEndPoint.Port}<", page, StringComparison.Ordinal);
        Assert.DoesNotContain("LISTEN", page, StringComparison.Ordinal);
        Assert.DoesNotContain("ChallengeAcks", page, StringComparison.Ordinal);
        Assert.DoesNotContain("SegmentsReceived", page, StringComparison.Ordinal);
        Assert.Contains("Round trip", page, StringComparison.Ordinal);
        Assert.EndsWith("</html>\n", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/counters")]
    [InlineData("/watch")]
    [InlineData("/memory")]
    public async Task What_the_control_socket_says_is_not_to_be_had_here(string path)
    {
        using var visitor = NewVisitor();

        using var answer = await visitor.GetAsync(new Uri($"http://198.18.0.2{path}"), Cancellation);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/connections")]
    [InlineData("/bytes/16G")]
    public async Task HEAD_has_the_headers_of_GET_and_no_body(string path)
    {
        using var visitor = NewVisitor();
        using var request = new HttpRequestMessage(HttpMethod.Head, new Uri($"http://198.18.0.2{path}"));

        using var answer = await visitor.SendAsync(
            request, HttpCompletionOption.ResponseHeadersRead, Cancellation);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.True(answer.Content.Headers.ContentLength > 100);
        await using var body = await answer.Content.ReadAsStreamAsync(Cancellation);
        Assert.Equal(-1, body.ReadByte());
    }

    [Theory]
    [InlineData("bytes=0-9", 0, 10)]
    [InlineData("bytes=65530-65545", 65_530, 16)]
    [InlineData("bytes=102390-", 102_390, 10)]
    [InlineData("bytes=102390-999999", 102_390, 10)]
    [InlineData("bytes=-5", 102_395, 5)]
    [InlineData("bytes=-999999", 0, 102_400)]
    public async Task A_range_is_that_part_of_the_whole(string range, int first, int length)
    {
        using var visitor = NewVisitor();
        var whole = await visitor.GetByteArrayAsync(new Uri("http://198.18.0.2/bytes/100k"), Cancellation);

        using var answer = await GetAsync(visitor, "/bytes/100k", ("Range", range));

        Assert.Equal(HttpStatusCode.PartialContent, answer.StatusCode);
        Assert.Equal($"bytes {first}-{first + length - 1}/102400", answer.Content.Headers.ContentRange?.ToString());
        Assert.Equal(whole[first..(first + length)], await answer.Content.ReadAsByteArrayAsync(Cancellation));
    }

    [Theory]
    [InlineData("bytes=100-", "bytes */100")]
    [InlineData("bytes=-0", "bytes */100")]
    public async Task A_range_behind_the_end_is_416(string range, string contentRange)
    {
        using var visitor = NewVisitor();

        using var answer = await GetAsync(visitor, "/bytes/100", ("Range", range));

        Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, answer.StatusCode);
        Assert.Equal(contentRange, answer.Content.Headers.ContentRange?.ToString());
    }

    [Theory]
    [InlineData("bytes=0-1,5-6", "\"100\"")]
    [InlineData("lines=0-1", "\"100\"")]
    [InlineData("bytes=x", "\"100\"")]
    [InlineData("bytes=0-1", "\"99\"")]
    public async Task A_range_that_does_not_count_gets_the_whole(string range, string ifRange)
    {
        using var visitor = NewVisitor();

        using var answer = await GetAsync(visitor, "/bytes/100", ("Range", range), ("If-Range", ifRange));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(100, answer.Content.Headers.ContentLength);
    }

    [Fact]
    public async Task A_range_of_the_named_version_counts()
    {
        using var visitor = NewVisitor();

        using var answer = await GetAsync(visitor, "/bytes/100", ("Range", "bytes=0-1"), ("If-Range", "\"100\""));

        Assert.Equal(HttpStatusCode.PartialContent, answer.StatusCode);
    }

    [Theory]
    [InlineData("http://198.18.0.2", 2)]
    [InlineData("https://198.18.0.2", 2)]
    [InlineData("https://198.18.0.2", 1)]
    [InlineData("http://198.18.0.2", 1)]
    public async Task Both_ports_speak_both_versions(string origin, int version)
    {
        using var visitor = NewVisitor();
        visitor.DefaultRequestVersion = version == 2 ? HttpVersion.Version20 : HttpVersion.Version11;
        visitor.DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact;

        var page = await visitor.GetStringAsync(new Uri($"{origin}/"), Cancellation);
        using var hidden = await visitor.GetAsync(new Uri($"{origin}/counters"), Cancellation);

        Assert.Contains(version == 2 ? "<td>HTTP/2</td>" : "<td>HTTP/1.1</td>", page, StringComparison.Ordinal);
        Assert.Contains("<td>198.18.0.1:", page, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, hidden.StatusCode);
    }

    [Fact]
    public async Task The_certificate_is_for_the_stacks_addresses()
    {
        X509Certificate2? seen = null;
        using var handler = new SocketsHttpHandler().UseUserTcp(Client);
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
        {
            seen = X509CertificateLoader.LoadCertificate(certificate!.GetRawCertData());
            return IsSelfSignedOnly(errors);
        };
        using var visitor = new HttpClient(handler);

        _ = await visitor.GetStringAsync(new Uri("https://198.18.0.2/"), Cancellation);

        using (seen)
        {
            var names = seen!.Extensions.OfType<X509SubjectAlternativeNameExtension>().Single();
            Assert.Equal([ServerAddress], names.EnumerateIPAddresses());
            Assert.InRange(DateTime.Now, seen.NotBefore, seen.NotAfter);
        }
    }

    [Theory]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n and more", true)]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", true)]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r", null)]
    [InlineData("P", null)]
    [InlineData("", null)]
    [InlineData("PUT ", false)]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\rX", false)]
    public void A_preface_is_told_from_a_request_by_its_first_bytes(string first, bool? isPreface)
    {
        var bytes = Encoding.ASCII.GetBytes(first);
        var (start, end) = (bytes.AsMemory(0, bytes.Length / 2), bytes.AsMemory(bytes.Length / 2));
        var head = new Piece(start);

        Assert.Equal(isPreface, Http2Preface.Match(new ReadOnlySequence<byte>(bytes)));
        Assert.Equal(
            isPreface, Http2Preface.Match(new ReadOnlySequence<byte>(head, 0, head.Append(end), end.Length)));
    }

    private static async Task<HttpResponseMessage> GetAsync(
        HttpClient visitor, string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"http://198.18.0.2{path}"));
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return await visitor.SendAsync(request, Cancellation);
    }

    /// <summary>Nobody trusts the certificate, but it has the right name.</summary>
    private static bool IsSelfSignedOnly(SslPolicyErrors errors) =>
        errors == SslPolicyErrors.RemoteCertificateChainErrors;

    private HttpClient NewVisitor()
    {
        var handler = new SocketsHttpHandler().UseUserTcp(Client);
        handler.SslOptions.RemoteCertificateValidationCallback = static (_, _, _, errors) => IsSelfSignedOnly(errors);
        return new HttpClient(handler);
    }

    /// <summary>The port of the one connection of the client that is not <paramref name="other"/>.</summary>
    private int VisitorsPort(UserTcpConnection other) => Assert.Single(
        Client.GetConnections(), row => row.State == TcpState.Established
            && row.Tuple.LocalPort.Value != other.LocalEndPoint.Port).Tuple.LocalPort.Value;

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> bytes) => Memory = bytes;

        public Piece Append(ReadOnlyMemory<byte> bytes)
        {
            var next = new Piece(bytes) { RunningIndex = RunningIndex + Memory.Length };
            Next = next;
            return next;
        }
    }
}
