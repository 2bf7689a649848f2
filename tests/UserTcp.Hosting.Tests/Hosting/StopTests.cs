using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using UserTcp.Capture;
using UserTcp.Engine.Contract;
using UserTcp.Hosting.Tests.Kit;
using UserTcp.Wire;
using Xunit;

namespace UserTcp.Hosting.Tests.Hosting;

/// <summary>Stopping sends FIN at once, and RST at the deadline, within five seconds.</summary>
public sealed class StopTests
{
    private static readonly TimeSpan Total = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task Open_connections_get_a_FIN_at_once_and_a_RST_at_the_deadline()
    {
        await using var network = await Network.CreateAsync();
        var ladder = new Ladder();
        using var host = Hosts.Build(network, before: services => services.AddSingleton<IEngineObserver>(ladder));
        await host.StartAsync(TestContext.Current.CancellationToken);
        var (connection, accepted) = await OpenAsync(network, await host.StackAsync());
        await accepted.GetStream().WriteAsync("last words"u8.ToArray(), TestContext.Current.CancellationToken);

        var started = Stopwatch.GetTimestamp();
        var stopping = host.StopAsync(TestContext.Current.CancellationToken);
        await connection.ReadsClosed.OrFail();
        Assert.False(stopping.IsCompleted);
        await stopping.OrFail();

        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.Zero, Total);
        var words = new byte[10];
        await connection.GetStream().ReadExactlyAsync(words, TestContext.Current.CancellationToken);
        Assert.Equal("last words"u8, words);
        var end = await Assert.ThrowsAsync<IOException>(() => connection.WritesClosed.OrFail());
        Assert.Equal(SocketError.ConnectionReset, Assert.IsType<SocketException>(end.InnerException).SocketErrorCode);
        var sent = ladder.Segments(ladder.Conversations.Single()).Where(segment => segment.Sent)
            .Select(segment => segment.Header.Flags)
            .ToList();
        var fin = sent.FindIndex(flags => flags.HasFlag(TcpFlags.Fin));
        Assert.InRange(fin, 0, sent.FindIndex(flags => flags.HasFlag(TcpFlags.Rst)));
        Assert.True(sent[^1].HasFlag(TcpFlags.Rst));
    }

    [Fact]
    public async Task When_the_peer_closes_too_the_stop_does_not_wait_for_the_deadline()
    {
        await using var network = await Network.CreateAsync();
        var ladder = new Ladder();
        using var host = Hosts.Build(network, before: services => services.AddSingleton<IEngineObserver>(ladder));
        await host.StartAsync(TestContext.Current.CancellationToken);
        var (connection, _) = await OpenAsync(network, await host.StackAsync());

        var stopping = host.StopAsync(TestContext.Current.CancellationToken);
        await connection.ReadsClosed.OrFail();
        await connection.DisposeAsync();
        await stopping.OrFail();

        await connection.WritesClosed.OrFail();
        Assert.DoesNotContain(
            ladder.Segments(ladder.Conversations.Single()), segment => segment.Header.Flags.HasFlag(TcpFlags.Rst));
    }

    [Fact]
    public async Task The_hosts_own_shutdown_timeout_bounds_services_that_do_not_stop()
    {
        await using var network = await Network.CreateAsync();
        var probe = new Probe { Stop = token => Task.Delay(Timeout.InfiniteTimeSpan, token) };
        using var host = Hosts.Build(
            network,
            after: services => services.AddSingleton<IHostedService>(probe)
                .Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromMilliseconds(100)));
        await host.StartAsync(TestContext.Current.CancellationToken);

        var started = Stopwatch.GetTimestamp();
        await Record.ExceptionAsync(() => host.StopAsync(TestContext.Current.CancellationToken).OrFail());
        await ((IAsyncDisposable)host).DisposeAsync();

        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.FromMilliseconds(90), Total);
        Assert.True(network.Device.IsDisposed);
    }

    private static async Task<(UserTcpConnection Connection, UserTcpConnection Accepted)> OpenAsync(
        Network network, UserTcpStack stack)
    {
        var listener = await stack.ListenAsync(
            new IPEndPoint(Network.HostIPv4, 7), TestContext.Current.CancellationToken);
        var accepting = listener.AcceptConnectionAsync().OrFail();
        return (await network.ConnectAsync(7), await accepting);
    }
}
