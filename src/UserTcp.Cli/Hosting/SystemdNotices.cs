using System.Globalization;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Systemd;
using Microsoft.Extensions.Logging;
using UserTcp.Cli.Services;
using UserTcp.Hosting;

namespace UserTcp.Cli.Hosting;

/// <summary>
/// Reports to a service manager by the protocol of sd_notify(3): READY=1 once traffic can flow, STOPPING=1, and
/// WATCHDOG=1 while every loop of the stack answers. Without NOTIFY_SOCKET it does nothing.
/// </summary>
internal sealed class SystemdNotices(
    ISystemdNotifier notifier, IUserTcpStackProvider stacks, IHostApplicationLifetime lifetime, TimeProvider time,
    ILogger<SystemdNotices> logger)
    : BackgroundService
{
    private const string SocketVariable = "NOTIFY_SOCKET";
    private const string WatchdogVariable = "WATCHDOG_USEC";
    private const string WatchdogProcess = "WATCHDOG_PID";

    private int _hasWarned;

    public static void AddTo(IServiceCollection services)
    {
        // Not AddSystemd: it asks whether systemd is the parent, and changes the log.
        services.AddSingleton<ISystemdNotifier, SystemdNotifier>();
        services.AddSingleton(TimeProvider.System);
        services.AddHostedService<SystemdNotices>();
    }

    /// <summary>
    /// How often a sign of life is due: twice in the time after which the manager gives the service up. Null when none
    /// is asked of this process.
    /// </summary>
    internal static TimeSpan? ParseInterval(string? microseconds, string? process, int self)
    {
        if (!string.IsNullOrEmpty(process) && process != self.ToString(CultureInfo.InvariantCulture))
            return null;
        return long.TryParse(microseconds, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit > 0
            ? TimeSpan.FromMicroseconds(limit / 2.0)
            : null;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!notifier.IsEnabled)
            return;
        var stack = await stacks.GetStackAsync(stoppingToken);
        await using var stopping = lifetime.ApplicationStopping.Register(() => Notify(ServiceState.Stopping));
        await StartedAsync(stoppingToken);
        Notify(ServiceState.Ready);
        Notify(new ServiceState(
            $"STATUS=ready {stack.DeviceName} {string.Join(' ', stack.Addresses)}"));
        if (ParseInterval(
            Environment.GetEnvironmentVariable(WatchdogVariable),
            Environment.GetEnvironmentVariable(WatchdogProcess), Environment.ProcessId) is not { } interval)
        {
            await Task.Delay(Timeout.Infinite, stoppingToken);
            return;
        }

        using var timer = new PeriodicTimer(interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken) && !stack.Completion.IsCompleted)
        {
            // Answered by the loops themselves: one that hangs is not alive.
            _ = await Task.Run(stack.GetCounters, stoppingToken);
            Notify(new ServiceState("WATCHDOG=1"));
        }
    }

    /// <summary>Best effort, as sd_notify(3) is: a manager that does not listen costs one warning.</summary>
    private void Notify(ServiceState state)
    {
        try
        {
            notifier.Notify(state);
        }
        catch (Exception exception) when (exception is SocketException or ArgumentException)
        {
            // An ArgumentException: the path is too long for a socket.
            if (Interlocked.Exchange(ref _hasWarned, 1) == 0)
                logger.NotNotified(Environment.GetEnvironmentVariable(SocketVariable), exception.Message);
        }
    }

    /// <summary>Completes when all services of the host have started.</summary>
    private async Task StartedAsync(CancellationToken stoppingToken)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(stoppingToken);
    }
}
