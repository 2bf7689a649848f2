using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using UserTcp.Hosting.Tests.Kit;
using Xunit;

namespace UserTcp.Hosting.Tests.Web;

/// <summary>The start and end of Kestrel's connections and listeners on the stack.</summary>
public sealed class KestrelLifetimeTests
{
    private static readonly Uri Site = new("http://198.18.0.2/");

    [Fact]
    public async Task CanBind_accepts_only_the_stacks_own_addresses()
    {
        await using var host = await WebHost.StartAsync(_ => { });
        var selector =
            (IConnectionListenerFactorySelector)host.Application.Services.GetServices<IConnectionListenerFactory>()
                .Single(factory => factory.GetType().Name == "UserTcpTransportFactory");

        Assert.True(selector.CanBind(new IPEndPoint(Network.HostIPv4, 0)));
        Assert.True(selector.CanBind(new IPEndPoint(Network.HostIPv6, 8080)));
        Assert.False(selector.CanBind(new IPEndPoint(Network.PeerIPv4, 80)));
        Assert.False(selector.CanBind(new IPEndPoint(IPAddress.Loopback, 80)));
        Assert.False(selector.CanBind(new IPEndPoint(IPAddress.Any, 80)));
        Assert.False(selector.CanBind(new IPEndPoint(IPAddress.IPv6Any, 80)));
        Assert.False(selector.CanBind(new DnsEndPoint("localhost", 80)));
        Assert.False(selector.CanBind(new FileHandleEndPoint(3, FileHandleType.Auto)));
    }

    [Fact]
    public async Task Port_0_chooses_a_free_port_and_reports_it()
    {
        await using var host = await WebHost.StartAsync(
            app => app.MapGet("/", () => "here"), builder => builder.WebHost.UseSetting("urls", "http://198.18.0.2:0"));
        using var client = host.Network.CreateClient();
        var url = new Uri(host.Application.Urls.Single());

        Assert.NotEqual(0, url.Port);
        Assert.Equal("here", await client.GetStringAsync(url, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_port_in_use_fails_the_start_with_the_usual_message()
    {
        await using var network = await Network.CreateAsync();
        WebApplication? application = null;
        var early = new Probe
        {
            Starting = async () =>
            {
                var stack = await application!.Services.GetRequiredService<IUserTcpStackProvider>().GetStackAsync();
                await stack.ListenAsync(new IPEndPoint(Network.HostIPv4, 80));
            },
        };
        application = WebHost.Build(network, builder =>
        {
            builder.Services.AddSingleton<IHostedService>(early);
            builder.WebHost.UseSetting("urls", "http://198.18.0.2:80");
        });

        var error = await Assert.ThrowsAsync<IOException>(() =>
            application.StartAsync(TestContext.Current.CancellationToken));
        await application.DisposeAsync();

        Assert.Equal("Failed to bind to address http://198.18.0.2:80: address already in use.", error.Message);
        Assert.IsType<AddressInUseException>(error.InnerException);
    }

    [Fact]
    public async Task A_request_in_flight_is_answered_while_the_host_stops()
    {
        var arrived = new TaskCompletionSource();
        var answer = new TaskCompletionSource<string>();
        await using var host = await WebHost.StartAsync(app => app.MapGet("/", () =>
        {
            arrived.SetResult();
            return answer.Task;
        }));
        using var client = host.Network.CreateClient();
        var page = client.GetStringAsync(Site, TestContext.Current.CancellationToken);
        await arrived.Task.OrFail();
        var stopping = host.Application.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        var answering = stopping.Register(() => answer.SetResult("in time"));

        await host.Application.StopAsync(TestContext.Current.CancellationToken).OrFail();

        Assert.Equal("in time", await page.OrFail());
        await answering.DisposeAsync();
    }

    [Fact]
    public async Task Idle_connections_are_closed_with_FIN_when_the_host_stops()
    {
        await using var host = await WebHost.StartAsync(app => app.MapGet("/", () => "page"));
        await using var connection = await host.Network.ConnectAsync(80);
        var stream = connection.GetStream();
        await stream.WriteAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        Assert.NotEqual(0, await stream.ReadAsync(new byte[1000], TestContext.Current.CancellationToken));

        var stopping = host.Application.StopAsync(TestContext.Current.CancellationToken);
        // Only a FIN completes this; a RST would fault it.
        await connection.ReadsClosed.OrFail();
        connection.CompleteWrites();
        await stopping.OrFail();

        await connection.WritesClosed.OrFail();
    }

    [Fact]
    public async Task A_client_that_resets_aborts_its_request()
    {
        var arrived = new TaskCompletionSource();
        var aborted = new TaskCompletionSource();
        await using var host = await WebHost.StartAsync(app => app.MapGet("/", async (HttpContext context) =>
        {
            await using var registration = context.RequestAborted.Register(aborted.SetResult);
            arrived.SetResult();
            await aborted.Task;
        }));
        await using var connection = await host.Network.ConnectAsync(80);
        await connection.GetStream()
            .WriteAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        await arrived.Task.OrFail();

        connection.Abort();

        await aborted.Task.OrFail();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_that_sends_FIN_aborts_its_request_unless_half_closed_clients_are_served(bool isServed)
    {
        var arrived = new TaskCompletionSource<CancellationToken>();
        var finish = new TaskCompletionSource<string>();
        await using var host = await WebHost.StartAsync(
            app => app.MapGet("/", async (HttpContext context) =>
            {
                arrived.SetResult(context.RequestAborted);
                return await finish.Task;
            }),
            builder =>
            {
                builder.Services.Configure<UserTcpOptions>(options => options.ServeHalfClosed = isServed);
                builder.WebHost.UseSetting("urls", "http://198.18.0.2:80");
            });
        await using var connection = await host.Network.ConnectAsync(80);
        await connection.GetStream().WriteAsync(
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"u8.ToArray(),
            TestContext.Current.CancellationToken);
        var aborted = await arrived.Task.OrFail();

        connection.CompleteWrites();
        await connection.WritesClosed.OrFail();
        if (!isServed)
            await Until.TrueAsync(() => aborted.IsCancellationRequested);

        Assert.Equal(!isServed, aborted.IsCancellationRequested);
        finish.SetResult("whole");
        var response = "";
        try
        {
            response = await new StreamReader(connection.GetStream())
                .ReadToEndAsync(TestContext.Current.CancellationToken);
        }
        catch (IOException) when (!isServed)
        {
            // Kestrel resets the connection of a request that is aborted.
        }

        Assert.Equal(isServed, response.Contains("whole", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_client_that_resets_in_the_body_is_reported_as_a_reset()
    {
        var ended = new TaskCompletionSource<Exception?>();
        var arrived = new TaskCompletionSource();
        await using var host = await WebHost.StartAsync(app => app.MapPost("/", async (HttpContext context) =>
        {
            arrived.SetResult();
            var body = context.Request.Body;
            ended.SetResult(await Record.ExceptionAsync(() => body.ReadExactlyAsync(new byte[9]).AsTask()));
        }));
        await using var connection = await host.Network.ConnectAsync(80);
        await connection.GetStream().WriteAsync(
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n"u8.ToArray(),
            TestContext.Current.CancellationToken);
        await arrived.Task.OrFail();

        connection.Abort();

        Assert.IsType<ConnectionResetException>(await ended.Task.OrFail());
    }

    [Fact]
    public async Task Without_a_stack_the_start_says_what_to_call()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrel();
        builder.WebHost.UseUserTcp();

        var error = await Assert.ThrowsAsync<InvalidOperationException>(async () =>
        {
            await using var application = builder.Build();
            await application.StartAsync(TestContext.Current.CancellationToken);
        });

        Assert.Equal(
            "UseUserTcp() needs a stack that was not added. Call builder.Services.AddUserTcp().", error.Message);
    }

    [Theory]
    [InlineData("http://*:8080", true)]
    [InlineData("http://0.0.0.0:8080", true)]
    [InlineData("http://*:8080", false)]
    public async Task Wildcards_are_the_stacks_when_it_is_to_claim_them(string url, bool isClaimed)
    {
        await using var host = await WebHost.StartAsync(
            _ => { },
            builder =>
            {
                builder.Services.Configure<UserTcpOptions>(options => options.ClaimWildcards = isClaimed);
                if (isClaimed)
                    builder.WebHost.UseSetting("urls", url);
            });
        var selector =
            (IConnectionListenerFactorySelector)host.Application.Services.GetServices<IConnectionListenerFactory>()
                .Single(factory => factory.GetType().Name == "UserTcpTransportFactory");

        Assert.Equal(isClaimed, selector.CanBind(new IPEndPoint(IPAddress.IPv6Any, 80)));
        if (!isClaimed)
            return;
        await using var connection = await host.Network.ConnectAsync(8080);
        Assert.Equal(Network.HostIPv4, connection.RemoteEndPoint.Address);
    }

    [Fact]
    public async Task A_request_that_the_application_aborts_resets_its_client()
    {
        await using var host = await WebHost.StartAsync(app =>
            app.MapGet("/", (HttpContext context) => context.Abort()));
        using var client = host.Network.CreateClient();

        var error = await Assert.ThrowsAsync<HttpRequestException>(() =>
            client.GetStringAsync(Site, TestContext.Current.CancellationToken));

        Assert.IsType<IOException>(error.InnerException, exactMatch: false);
    }
}
