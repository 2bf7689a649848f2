using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using UserTcp.Hosting.Tests.Kit;
using Xunit;

namespace UserTcp.Hosting.Tests.Hosting;

/// <summary>The stack is up before any other service, and stops after all others.</summary>
public sealed class LifetimeTests
{
    [Fact]
    public async Task A_service_registered_before_the_stack_can_use_it_from_its_start_to_its_stop()
    {
        await using var network = await Network.CreateAsync();
        IHost? host = null;
        UserTcpListener? listener = null;
        bool? wasUp = null;
        var probe = new Probe
        {
            Start = async () =>
                listener = await (await host!.StackAsync()).ListenAsync(new IPEndPoint(Network.HostIPv4, 7)),
            Stop = async _ => wasUp = !(await host!.StackAsync()).Completion.IsCompleted,
        };
        using (host = Hosts.Build(network, before: services => services.AddSingleton<IHostedService>(probe)))
        {
            await host.StartAsync(TestContext.Current.CancellationToken);
            await using var connection = await network.ConnectAsync(7);
            await using var accepted = await listener!.AcceptConnectionAsync(TestContext.Current.CancellationToken);

            await host.StopAsync(TestContext.Current.CancellationToken);
        }

        Assert.True(wasUp);
        Assert.True(network.Device.IsDisposed);
    }

    [Fact]
    public async Task The_stack_logs_when_it_is_up_and_when_it_has_stopped()
    {
        await using var network = await Network.CreateAsync();
        using var log = new LogBook();
        using var host = Hosts.Build(network, options => options.Mtu = 1400, log: log);

        await host.StartAsync(TestContext.Current.CancellationToken);
        await host.StopAsync(TestContext.Current.CancellationToken);

        var name = network.Device.Name;
        Assert.Equal(
            [
                $"Information: Stack up on {name}: 198.18.0.2, 2001:db8:75::2, MTU 1400",
                $"Information: Stack on {name} stopped",
            ],
            log.Own);
    }

    [Fact]
    public async Task GetStackAsync_completes_when_the_stack_is_up()
    {
        await using var network = await Network.CreateAsync();
        using var host = Hosts.Build(network);
        var waiting = host.StackAsync();
        using var cancellation = new CancellationTokenSource();
        var cancelled = host.Services.GetRequiredService<IUserTcpStackProvider>().GetStackAsync(cancellation.Token)
            .AsTask();

        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        Assert.False(waiting.IsCompleted);
        await host.StartAsync(TestContext.Current.CancellationToken);

        Assert.Same(await waiting, await host.StackAsync());
        await host.StopAsync(TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("drop=fin:1")]
    public async Task The_impaired_link_of_a_stack_that_has_one_can_be_used(string? impair)
    {
        await using var network = await Network.CreateAsync();
        using var host = Hosts.Build(network, options => options.Impair = impair);
        var provider = host.Services.GetRequiredService<IUserTcpStackProvider>();
        Assert.Null(provider.ImpairedLink);

        await host.StartAsync(TestContext.Current.CancellationToken);

        Assert.Equal(impair, provider.ImpairedLink?.Outbound.ToString());
        await host.StopAsync(TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData(null, "loss=1%", null, "loss=1%", "")]
    [InlineData("delay=1ms", null, "drop=fin:1", "delay=1ms", "drop=fin:1")]
    [InlineData("delay=1ms", "loss=1%", "", "loss=1%", "")]
    public async Task Each_direction_of_a_link_can_have_its_own_impairment(
        string? both, string? fromStack, string? toStack, string sent, string received)
    {
        await using var network = await Network.CreateAsync();
        using var host = Hosts.Build(network, options =>
            (options.Impair, options.ImpairFromStack, options.ImpairToStack) = (both, fromStack, toStack));

        await host.StartAsync(TestContext.Current.CancellationToken);

        var link = host.Services.GetRequiredService<IUserTcpStackProvider>().ImpairedLink!;
        Assert.Equal(sent, link.Outbound.ToString());
        Assert.Equal(received, link.Inbound.ToString());
        await host.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_device_that_cannot_be_opened_fails_the_host_and_GetStackAsync()
    {
        await using var network = await Network.CreateAsync();
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddUserTcp(null, _ => throw new IOException("no such device"));
        using var host = builder.Build();
        var waiting = host.StackAsync();

        var error = await Assert.ThrowsAsync<IOException>(() => host.StartAsync(TestContext.Current.CancellationToken));

        Assert.Equal("no such device", error.Message);
        Assert.Same(error, await Assert.ThrowsAsync<IOException>(() => waiting));
    }

    [Fact]
    public async Task A_capture_file_that_cannot_be_created_fails_the_host_and_closes_the_device()
    {
        await using var network = await Network.CreateAsync();
        using var host = Hosts.Build(
            network, options => options.CaptureFile = Path.Combine(Path.GetTempPath(), new string('x', 300)));

        await Assert.ThrowsAnyAsync<IOException>(() => host.StartAsync(TestContext.Current.CancellationToken));

        Assert.True(network.Device.IsDisposed);
    }

    [Fact]
    public async Task A_service_that_fails_at_start_stops_the_stack()
    {
        await using var network = await Network.CreateAsync();
        var probe = new Probe { Start = () => throw new InvalidOperationException("the service's own trouble") };
        var host = Hosts.Build(network, after: services => services.AddSingleton<IHostedService>(probe));

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() =>
            host.StartAsync(TestContext.Current.CancellationToken));
        await ((IAsyncDisposable)host).DisposeAsync();

        Assert.Equal("the service's own trouble", error.Message);
        Assert.True(network.Device.IsDisposed);
    }

    [Fact]
    public async Task Adding_the_stack_twice_is_one_stack_with_both_configurations()
    {
        await using var network = await Network.CreateAsync();
        using var host = Hosts.Build(
            network, options => options.Addresses.Add("192.0.2.1"),
            after: services => services.AddUserTcp(options => options.Addresses.Add("192.0.2.2")));

        await host.StartAsync(TestContext.Current.CancellationToken);

        Assert.Equal(1, network.Device.Opened);
        Assert.Equal(
            ["192.0.2.1", "192.0.2.2"], (await host.StackAsync()).Addresses.Select(address => address.ToString()));
        await host.StopAsync(TestContext.Current.CancellationToken);
    }
}
