using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using UserTcp.Cli.Services;
using UserTcp.Engine.Contract;
using Xunit;

namespace UserTcp.Cli.Tests;

/// <summary>What port 80 says of connections: to each visitor its own, and nothing of anybody else's.</summary>
public sealed class HttpPageTests : IAsyncLifetime
{
    private static readonly IPAddress ServerAddress = IPAddress.Parse("198.18.0.2");

    private WebApplication _application = null!;
    private UserTcpStack _client = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var (near, far) = InMemoryLink.CreatePair();
        _client = await UserTcpStack.StartAsync(new UserTcpStackOptions
        {
            Device = near,
            Addresses = [IPAddress.Parse("198.18.0.1")],
            ShutdownTimeout = TimeSpan.Zero,
        });
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrel(kestrel => kestrel.Listen(ServerAddress, 80));
        builder.Services.AddRouting();
        builder.Logging.SetMinimumLevel(LogLevel.None);
        builder.Services.AddUserTcp(options => options.Addresses.Add(ServerAddress.ToString()), _ => far);
        builder.WebHost.UseUserTcp();
        _application = builder.Build();
        HttpPages.Map(_application);
        await _application.StartAsync(Cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync(CancellationToken.None);
        await _application.DisposeAsync();
        await _client.DisposeAsync();
    }

    [Fact]
    public async Task Connections_are_the_visitors_own_one()
    {
        await using var other = await _client.ConnectAsync(new IPEndPoint(ServerAddress, 80), Cancellation);
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
        await using var other = await _client.ConnectAsync(new IPEndPoint(ServerAddress, 80), Cancellation);
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

    private HttpClient NewVisitor() => new(new SocketsHttpHandler().UseUserTcp(_client));

    /// <summary>The port of the one connection of the client that is not <paramref name="other"/>.</summary>
    private int VisitorsPort(UserTcpConnection other) => Assert.Single(
        _client.GetConnections(), row => row.State == TcpState.Established
            && row.Tuple.LocalPort.Value != other.LocalEndPoint.Port).Tuple.LocalPort.Value;
}
