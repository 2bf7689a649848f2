using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using UserTcp.Impairment;
using Xunit;

namespace UserTcp.Testing.Tests;

/// <summary>
/// What a test does wrong, or at an odd time, has a defined result, and the next test is not the worse for it.
/// </summary>
public sealed class RobustnessTests
{
    private static readonly VirtualNetworkOptions _shortLimit =
        new() { BusyAfter = TimeSpan.FromMilliseconds(300), Captures = null };

    [Fact]
    public async Task A_function_of_a_fault_that_throws_ends_the_test()
    {
        var result = await FailAsync(async network =>
        {
            network.AddHost("server");
            network.AddFault("mine", _ => throw new InvalidOperationException("a bug"));
            await network.AddHost("client").ConnectAsync("server", 80);
        });

        AssertKind(
            VirtualFailureKind.FaultThrew,
            "The function of the fault \"mine\" has thrown InvalidOperationException: a bug.", result);
        Assert.IsType<InvalidOperationException>(result.Error!.InnerException);
    }

    [Fact]
    public async Task A_timer_that_throws_ends_the_test()
    {
        var result = await FailAsync(async network =>
        {
            using var timer = network.TimeProvider.CreateTimer(
                _ => throw new InvalidOperationException("a bug"), null, TimeSpan.FromSeconds(1),
                Timeout.InfiniteTimeSpan);
            await Task.Delay(TimeSpan.FromSeconds(2), network.TimeProvider);
        });

        Assert.IsType<InvalidOperationException>(result.Error);
    }

    [Fact]
    public Task A_host_that_crashes_while_its_application_starts_ends_the_application() =>
        VirtualNetwork.RunAsync(async network =>
        {
            var started = new List<Counted>();
            var host = network.AddHost("api");
            var starting = host.StartAsync(async _ =>
            {
                await Task.Delay(TimeSpan.FromSeconds(1), network.TimeProvider);
                started.Add(new Counted());
                return started[^1];
            });

            host.Crash();
            await starting;
            await host.RestartAsync();

            Assert.Equal([1, 0], started.Select(application => application.Disposals));
        });

    [Fact]
    public async Task A_changed_impairment_follows_the_networks_seed()
    {
        var fates = new List<string>();
        for (ulong seed = 1; seed <= 3; seed++)
        {
            var result = await VirtualNetwork.TryRunAsync(
                async network =>
                {
                    await using var listener = await network.AddHost("server").ListenAsync(80);
                    var client = network.AddHost("client");
                    client.Link.Outbound.Impairment = LinkImpairment.Parse("loss=40%,delay=1ms");
                    for (var i = 0; i < 5; i++)
                        await (await client.ConnectAsync("server", 80)).DisposeAsync();
                },
                new VirtualNetworkOptions { Seed = seed });
            result.ThrowIfFailed();
            fates.Add(string.Join(' ', result.Strikes.Select(strike => strike.Rule)));
        }

        Assert.Equal(3, fates.Distinct().Count());
    }

    [Fact]
    public Task Answers_are_of_the_time_at_which_one_asks() => VirtualNetwork.RunAsync(async network =>
    {
        await using var listener = await network.AddHost("server").ListenAsync(80);
        await using var client = await network.AddHost("client").ConnectAsync("server", 80);
        await client.GetStream().WriteAsync(new byte[1]);
        await Task.Delay(TimeSpan.FromSeconds(10), network.TimeProvider);

        Assert.Equal(TimeSpan.FromSeconds(10), client.GetInfo().SinceDataSent);
    });

    [Fact]
    public Task The_stack_outlives_the_applications_container() => VirtualNetwork.RunAsync(async network =>
    {
        var host = network.AddHost("api");
        var app = Create(host).Build();
        await app.StartAsync();
        await app.StopAsync();
        await app.DisposeAsync();

        await using var listener = await host.ListenAsync(81);
    });

    [Fact]
    public async Task A_test_that_waits_for_nothing_beside_Kestrel_is_stuck()
    {
        var result = await FailAsync(async network =>
        {
            await network.AddHostAsync("api", async host =>
            {
                var app = Create(host).Build();
                await app.StartAsync();
                return app;
            });
            await using var connection = await network.AddHost("client").ConnectAsync("api", 80);
            await Task.Delay(Timeout.InfiniteTimeSpan, network.TimeProvider);
        });

        AssertKind(VirtualFailureKind.Stuck, "The test is stuck", result);
        Assert.True(result.Elapsed < TimeSpan.FromHours(13), $"{result.Elapsed}");
    }

    [Fact]
    public async Task A_test_in_a_test_is_refused()
    {
        var result = await FailAsync(_ => VirtualNetwork.RunAsync(_ => Task.CompletedTask));

        Assert.Contains("cannot run another one", result.Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_network_that_has_ended_is_refused()
    {
        VirtualNetwork? kept = null;
        await VirtualNetwork.RunAsync(network =>
        {
            kept = network;
            return Task.CompletedTask;
        });

        Assert.Throws<ObjectDisposedException>(() => kept!.AddHost("late"));
    }

    [Fact]
    public Task Switches_may_be_connected_after_hosts_were_added() => VirtualNetwork.RunAsync(async network =>
    {
        var far = network.AddSwitch("far");
        await using var listener = await network.AddHost("server", new VirtualHostOptions { Switch = far })
            .ListenAsync(80);
        var client = network.AddHost("client");

        network.Connect(network.DefaultSwitch, far);

        await using var connection = await client.ConnectAsync("server", 80);
    });

    [Theory]
    [InlineData("api.test")]
    [InlineData("api:80")]
    [InlineData("an api")]
    public Task A_name_that_cannot_be_found_is_refused(string name) => VirtualNetwork.RunAsync(network =>
    {
        Assert.Contains(
            "is no name of a host", Assert.Throws<ArgumentException>(() => network.AddHost(name)).Message,
            StringComparison.Ordinal);
        return Task.CompletedTask;
    });

    [Fact]
    public Task The_networks_timers_keep_the_contract_of_timers() => VirtualNetwork.RunAsync(async network =>
    {
        var fired = 0;
        var timer = network.TimeProvider.CreateTimer(
            _ => fired++, null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));
        await Task.Delay(TimeSpan.FromSeconds(6), network.TimeProvider);
        Assert.Equal(3, fired);
        await timer.DisposeAsync();

        Assert.False(timer.Change(TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan));
        await Task.Delay(TimeSpan.FromSeconds(6), network.TimeProvider);
        Assert.Equal(3, fired);
        Assert.Throws<ArgumentOutOfRangeException>(
            () => network.TimeProvider.CreateTimer(_ => { }, null, TimeSpan.MaxValue, TimeSpan.Zero));
        Assert.Throws<ArgumentOutOfRangeException>(
            () => network.TimeProvider.CreateTimer(_ => { }, null, TimeSpan.FromSeconds(-2), TimeSpan.Zero));
    });

    [Fact]
    public async Task A_stuck_test_leaves_no_stack_behind()
    {
        UserTcpStack? stack = null;
        await FailAsync(async network =>
        {
            stack = network.AddHost("api").Stack;
            await Task.Delay(Timeout.InfiniteTimeSpan, network.TimeProvider);
        });

        await stack!.Completion.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_loop_that_never_rests_is_found()
    {
        var isOver = false;
        var result = await VirtualNetwork.TryRunAsync(
            async _ =>
            {
                while (!isOver)
                    await Task.Yield();
            },
            _shortLimit);
        isOver = true;

        AssertKind(VirtualFailureKind.Busy, "The test is busy", result);
    }

    [Fact]
    public async Task A_timer_of_no_time_that_is_set_again_is_found()
    {
        var result = await VirtualNetwork.TryRunAsync(
            async network =>
            {
                ITimer? timer = null;
                timer = network.TimeProvider.CreateTimer(
                    _ => timer!.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan), null, TimeSpan.FromSeconds(1),
                    Timeout.InfiniteTimeSpan);
                await Task.Delay(TimeSpan.FromHours(1), network.TimeProvider);
            },
            _shortLimit);

        AssertKind(VirtualFailureKind.Busy, "The test is busy", result);
    }

    [Fact]
    public async Task A_set_up_that_waits_for_virtual_time_is_found()
    {
        var result = await VirtualNetwork.TryRunAsync(
            network => network.SetUpAsync(() => Task.Delay(TimeSpan.FromSeconds(1), network.TimeProvider).Wait()),
            _shortLimit);

        AssertKind(VirtualFailureKind.SetUpTimeLimit, "The set-up has not ended", result);
    }

    [Fact]
    public Task A_host_counts_the_packets_of_all_its_addresses() => VirtualNetwork.RunAsync(async network =>
    {
        IPAddress[] addresses = [IPAddress.Parse("10.1.0.1"), IPAddress.Parse("10.1.0.2")];
        var client = network.AddHost("client", new VirtualHostOptions { Addresses = addresses });
        await using var listener = await network.AddHost("server").ListenAsync(80);
        client.Link.Outbound.Impairment = LinkImpairment.Parse("loss=30%,delay=1ms");

        foreach (var address in addresses.Concat(addresses))
        {
            var options = new UserTcpConnectionOptions
            {
                RemoteEndPoint = new DnsEndPoint("server", 80),
                LocalEndPoint = new IPEndPoint(address, 0),
            };
            await (await client.Stack.ConnectAsync(options)).DisposeAsync();
        }

        await Task.Delay(TimeSpan.FromSeconds(10), network.TimeProvider);
        var sent = network.Trace.Lines.Where(line => line.Contains("ms  client:", StringComparison.Ordinal)).ToArray();
        Assert.NotEmpty(network.Strikes);
        Assert.All(network.Strikes, strike => Assert.EndsWith(
            strike.Packet, sent[int.Parse(strike.Rule!.Split(':', ' ')[2], CultureInfo.InvariantCulture) - 1],
            StringComparison.Ordinal));
    });

    [Theory]
    [InlineData(67)]
    [InlineData(65_536)]
    public Task An_MTU_that_no_packet_can_have_is_refused(int mtu) => VirtualNetwork.RunAsync(network =>
    {
        Assert.Throws<ArgumentOutOfRangeException>(
            () => network.AddHost("api", new VirtualHostOptions { Mtu = mtu }));
        return Task.CompletedTask;
    });

    private static void AssertKind(VirtualFailureKind kind, string message, VirtualResult result)
    {
        var error = Assert.IsType<VirtualNetworkException>(result.Error);
        Assert.Equal(kind, error.Kind);
        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
    }

    private static Task<VirtualResult> FailAsync(Func<VirtualNetwork, Task> test) => VirtualNetwork.TryRunAsync(
        test, new VirtualNetworkOptions { StuckAfter = TimeSpan.FromMilliseconds(300), Captures = null });

    private static WebApplicationBuilder Create(VirtualHost host)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        return builder.UseVirtualNetwork(host);
    }

    private sealed class Counted : IAsyncDisposable
    {
        public int Disposals { get; private set; }

        public ValueTask DisposeAsync()
        {
            Disposals++;
            return ValueTask.CompletedTask;
        }
    }
}
