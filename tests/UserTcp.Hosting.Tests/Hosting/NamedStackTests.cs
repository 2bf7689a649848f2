using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using UserTcp.Hosting.Tests.Kit;
using Xunit;

namespace UserTcp.Hosting.Tests.Hosting;

/// <summary>Several stacks of one application, told apart by their names.</summary>
public sealed class NamedStackTests
{
    [Fact]
    public async Task Each_stack_has_its_options_and_its_key()
    {
        await using var inside = await Network.CreateAsync();
        await using var outside = await Network.CreateAsync();
        using var host = Build(
            services => services
                .AddUserTcp("inside", options => options.Device = "in0", inside.Open)
                .AddUserTcp("outside", null, outside.Open),
            ("UserTcp:Stacks:inside:Addresses:0", "198.18.0.2"),
            ("UserTcp:Stacks:outside:Addresses:0", "198.18.0.2"),
            ("USERTCP:STACKS:OUTSIDE:ENGINE:BACKLOG", "7"));
        await host.StartAsync(TestContext.Current.CancellationToken);
        var options = host.Services.GetRequiredService<IOptionsMonitor<UserTcpOptions>>();

        var first = host.Services.GetRequiredKeyedService<UserTcpStack>("inside");
        var second = host.Services.GetRequiredKeyedService<UserTcpStack>("outside");

        Assert.NotSame(first, second);
        Assert.Null(host.Services.GetService<UserTcpStack>());
        Assert.Equal(("in0", "ut0"), (options.Get("inside").Device, options.Get("outside").Device));
        Assert.Equal(7, options.Get("outside").Engine.Backlog);
        await using var listener = await second.ListenAsync(
            new IPEndPoint(Network.HostIPv4, 7), TestContext.Current.CancellationToken);
        await using var connection = await outside.ConnectAsync(7);
        await host.StopAsync(TestContext.Current.CancellationToken);
        Assert.True(first.Completion.IsCompleted && second.Completion.IsCompleted);
    }

    [Fact]
    public async Task A_stack_without_a_name_may_stand_beside_them()
    {
        await using var unnamed = await Network.CreateAsync();
        await using var named = await Network.CreateAsync();
        using var host = Build(services => services
            .AddUserTcp(null, unnamed.Open)
            .AddUserTcp("other", null, named.Open));
        await host.StartAsync(TestContext.Current.CancellationToken);

        Assert.NotSame(
            host.Services.GetRequiredService<UserTcpStack>(),
            host.Services.GetRequiredKeyedService<UserTcpStack>("other"));
        Assert.Equal((1, 1), (unnamed.Device.Opened, named.Device.Opened));
        await host.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_section_of_no_stack_is_refused_with_the_names_that_there_are()
    {
        await using var network = await Network.CreateAsync();
        using var host = Build(
            services => services.AddUserTcp("inside", null, network.Open).AddUserTcp("outside", null, network.Open),
            ("UserTcp:Stacks:insid:Mtu", "9000"));

        var error = await Assert.ThrowsAsync<OptionsValidationException>(
            () => host.StartAsync(TestContext.Current.CancellationToken));

        Assert.Equal(
            ["UserTcp:Stacks:insid: the application has no stack of this name; it has inside, outside."],
            error.Failures);
    }

    [Theory]
    [InlineData("A")]
    [InlineData("a:b")]
    public void A_name_that_the_configuration_cannot_tell_apart_is_refused(string name)
    {
        var services = new ServiceCollection().AddUserTcp("a");

        Assert.Throws<ArgumentException>(() => services.AddUserTcp(name));
    }

    [Fact]
    public async Task Resolver_and_observer_have_the_key_of_their_stack()
    {
        await using var network = await Network.CreateAsync();
        await using var listener = await network.Peer.ListenAsync(
            new IPEndPoint(Network.PeerIPv4, 80), TestContext.Current.CancellationToken);
        using var host = Build(services => services
            .AddUserTcp("inside", null, network.Open)
            .AddKeyedSingleton<UserTcpNameResolver>(
                "inside", (_, _) => (name, _, _) => Task.FromResult<IPAddress[]>(
                    name == "peer.test" ? [Network.PeerIPv4] : [])));
        await host.StartAsync(TestContext.Current.CancellationToken);
        var stack = host.Services.GetRequiredKeyedService<UserTcpStack>("inside");

        await using var connection = await stack.ConnectAsync(new DnsEndPoint("peer.test", 80)).OrFail();

        Assert.Equal(listener.LocalEndPoint, connection.RemoteEndPoint);
        await host.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Kestrel_serves_on_each_stack_that_it_uses()
    {
        await using var first = await Network.CreateAsync();
        await using var second = await Network.CreateAsync();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrel(kestrel =>
        {
            kestrel.Listen(Network.HostIPv4, 80);
            kestrel.Listen(Network.HostIPv6, 80);
        });
        builder.Services.AddUserTcp("v4", options => options.Addresses.Add("198.18.0.2"), first.Open);
        builder.Services.AddUserTcp("v6", options => options.Addresses.Add("2001:db8:75::2"), second.Open);
        builder.Services.AddHealthChecks().AddUserTcp("v4", stack: "v4").AddUserTcp("v6", stack: "v6");
        builder.WebHost.UseUserTcp("v4").UseUserTcp("v6");
        await using var application = builder.Build();
        application.Run(context => context.Response.WriteAsync(context.Connection.LocalIpAddress!.ToString()));
        await application.StartAsync(TestContext.Current.CancellationToken);
        using var four = first.CreateClient();
        using var six = second.CreateClient();

        Assert.Equal("198.18.0.2", await four.GetStringAsync(new Uri("http://198.18.0.2/")).OrFail());
        Assert.Equal("2001:db8:75::2", await six.GetStringAsync(new Uri("http://[2001:db8:75::2]/")).OrFail());
        var health = await application.Services.GetRequiredService<HealthCheckService>()
            .CheckHealthAsync(TestContext.Current.CancellationToken);
        Assert.Equal((HealthStatus.Healthy, 2), (health.Status, health.Entries.Count));
        await application.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_client_of_the_factory_uses_the_stack_that_it_names()
    {
        await using var network = await Network.CreateAsync();
        await using var listener = await network.Peer.ListenAsync(
            new IPEndPoint(Network.PeerIPv4, 80), TestContext.Current.CancellationToken);
        using var host = Build(services => services
            .AddUserTcp("inside", null, network.Open)
            .AddHttpClient("api").UseUserTcp("inside"));
        await host.StartAsync(TestContext.Current.CancellationToken);
        using var client = host.Services.GetRequiredService<IHttpClientFactory>().CreateClient("api");

        var response = client.GetStringAsync(new Uri("http://198.18.0.1/"));
        await using var accepted = await listener.AcceptConnectionAsync().OrFail();
        await accepted.GetStream().WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"u8.ToArray());

        Assert.Equal("ok", await response.OrFail());
        await host.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Kestrel_on_a_stack_that_was_not_added_says_so()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrel();
        builder.WebHost.UseUserTcp("inside");

        var error = await Assert.ThrowsAsync<InvalidOperationException>(async () =>
        {
            await using var application = builder.Build();
            await application.StartAsync(TestContext.Current.CancellationToken);
        });

        Assert.Equal(
            "UseUserTcp(\"inside\") needs a stack that was not added. Call builder.Services.AddUserTcp(\"inside\").",
            error.Message);
    }

    private static IHost Build(
        Action<IServiceCollection> configure, params IEnumerable<(string Key, string Value)> settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection(
            settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)));
        configure(builder.Services);
        return builder.Build();
    }
}
