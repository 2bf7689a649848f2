using System.Net;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using UserTcp.Capture;
using UserTcp.Engine.Contract;
using UserTcp.Impairment;

namespace UserTcp.Hosting;

/// <summary>
/// Runs the stack with the host: it is up before any other service starts, and stops after all others. When the stack
/// fails, the host stops with a non-zero exit code.
/// </summary>
internal sealed class UserTcpService(
    IOptions<UserTcpOptions> options, DeviceFactory openDevice, IEnumerable<IEngineObserver> observers,
    IHostApplicationLifetime lifetime,
    ILogger<UserTcpService> logger) : IHostedLifecycleService, IUserTcpStackProvider, IAsyncDisposable
{
    /// <summary>EX_SOFTWARE of sysexits(3).</summary>
    private const int InternalFault = 70;

    private readonly TaskCompletionSource<UserTcpStack> _stack =
        new(TaskCreationOptions.RunContinuationsAsynchronously);
    private StackMetrics? _metrics;
    private readonly FaultCaptures _faults = new(options.Value, logger);
    private int _isStopping;

    public ValueTask<UserTcpStack> GetStackAsync(CancellationToken cancellationToken = default) =>
        new(_stack.Task.WaitAsync(cancellationToken));

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        try
        {
            var stack = await OpenAsync(cancellationToken).ConfigureAwait(false);
            _metrics = new StackMetrics(stack);
            logger.Started(stack.DeviceName, string.Join(", ", stack.Addresses), options.Value.Mtu);
            _ = StopHostOnFaultAsync(stack);
            _stack.SetResult(stack);
        }
        catch (Exception exception)
        {
            _stack.TrySetException(exception);
            // Observed here: an application need not await the stack.
            _ = _stack.Task.Exception;
            throw;
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => StopStackAsync();

    public async ValueTask DisposeAsync()
    {
        await StopStackAsync().ConfigureAwait(false);
        _metrics?.Dispose();
    }

    private async Task StopStackAsync()
    {
        if (Interlocked.Exchange(ref _isStopping, 1) != 0 || !_stack.Task.IsCompletedSuccessfully)
            return;
        var stack = await _stack.Task.ConfigureAwait(false);
        await stack.StopAsync(options.Value.DrainTimeout).ConfigureAwait(false);
        _faults.Summarize(stack);
        logger.Stopped(stack.DeviceName);
    }

    private ValueTask<UserTcpStack> OpenAsync(CancellationToken cancellationToken)
    {
        var settings = options.Value;
        var device = openDevice(settings);
        if (settings.Impair is { } impair)
            device = new ImpairedDevice(device, LinkImpairment.Parse(impair));
        if (settings.CaptureFile is { } file)
            device = CapturingDevice.ToFile(device, file, error => logger.CaptureFailed(error, file));
        return UserTcpStack.StartAsync(
            new UserTcpStackOptions
            {
                Device = device,
                Addresses = [.. settings.Addresses.Select(IPAddress.Parse)],
                Engine = settings.Engine,
                InlineContinuations = settings.InlineContinuations,
                SpinTime = settings.SpinTime,
                MaxWatchers = settings.MaxWatchers,
                IdleTrimInterval = settings.IdleTrimInterval,
                Observer = observers.FirstOrDefault(),
                ObserverFailed = logger.ObserverFailed,
                FlightRecorderFrames = settings.FlightRecorderFrames,
                FaultContained = _faults.OnFault,
            },
            cancellationToken);
    }

    private async Task StopHostOnFaultAsync(UserTcpStack stack)
    {
        try
        {
            await stack.Completion.ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            logger.Failed(exception, stack.DeviceName);
            Environment.ExitCode = InternalFault;
            lifetime.StopApplication();
        }
    }
}
