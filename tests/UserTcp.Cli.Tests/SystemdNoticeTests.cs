using System.Collections.Concurrent;
using System.Net.Sockets;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Systemd;
using Microsoft.Extensions.Logging;
using UserTcp.Cli.Hosting;
using UserTcp.Cli.Tests.Kit;
using Xunit;

namespace UserTcp.Cli.Tests;

/// <summary>Notices to a service manager are best effort; a fault of a service is not hidden.</summary>
public sealed class SystemdNoticeTests
{
    private static readonly string Nowhere = Path.Combine(Path.GetTempPath(), "usertcp-no-such-folder", "notify");

    public static TheoryData<string> Unreachable => [Nowhere, new string('x', 200)];

    [Theory]
    [MemberData(nameof(Unreachable))]
    public async Task A_manager_that_cannot_be_reached_costs_one_warning(string path)
    {
        await using var link = await ServiceLink.StartAsync();
        using var lifetime = new Lifetime();
        var log = new Warnings();
        var notifier = new SocketNotifier(path);
        using var notices = new SystemdNotices(notifier, link, lifetime, link.Time, log);

        await notices.StartAsync(TestContext.Current.CancellationToken);
        lifetime.Start();
        // READY=1 and STATUS=.
        await notifier.Second.WaitAsync(ServiceLink.Timeout, TestContext.Current.CancellationToken);
        lifetime.StopApplication();
        await notices.StopAsync(TestContext.Current.CancellationToken);

        Assert.Equal(3, notifier.Count);
        Assert.False(notices.ExecuteTask!.IsFaulted);
        Assert.Contains("NOTIFY_SOCKET", Assert.Single(log.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_fault_of_a_service_is_found()
    {
        using var good = new Service(static () => Task.CompletedTask);
        using var bad = new Service(static () => throw new InvalidOperationException("out of order"));
        foreach (var service in new[] { good, bad })
        {
            await service.StartAsync(TestContext.Current.CancellationToken);
            await Task.WhenAny(service.ExecuteTask!);
        }

        Assert.Null(BackgroundFaults.Find([good]));
        Assert.Equal("Service has failed: out of order", BackgroundFaults.Find([good, bad]));
    }

    private sealed class Service(Func<Task> work) : BackgroundService
    {
        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            await Task.Yield();
            await work();
        }
    }

    /// <summary>Connects as the notifier of the framework does, whose path comes from the environment.</summary>
    private sealed class SocketNotifier(string path) : ISystemdNotifier
    {
        private readonly TaskCompletionSource _second = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _count;

        public bool IsEnabled => true;

        public int Count => Volatile.Read(ref _count);

        public Task Second => _second.Task;

        public void Notify(ServiceState state)
        {
            if (Interlocked.Increment(ref _count) == 2)
                _second.SetResult();
            using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
            socket.Connect(new UnixDomainSocketEndPoint(path));
        }
    }

    private sealed class Lifetime : IHostApplicationLifetime, IDisposable
    {
        private readonly CancellationTokenSource _started = new();
        private readonly CancellationTokenSource _stopping = new();

        public CancellationToken ApplicationStarted => _started.Token;

        public CancellationToken ApplicationStopping => _stopping.Token;

        public CancellationToken ApplicationStopped => CancellationToken.None;

        public void Start() => _started.Cancel();

        public void StopApplication() => _stopping.Cancel();

        public void Dispose()
        {
            _started.Dispose();
            _stopping.Dispose();
        }
    }

    private sealed class Warnings : ILogger<SystemdNotices>
    {
        private readonly ConcurrentQueue<string> _lines = new();

        public IReadOnlyCollection<string> Lines => _lines;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter) => _lines.Enqueue(formatter(state, exception));
    }
}
