using System.Net;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using UserTcp.Capture;
using UserTcp.Capture.Carriers;
using UserTcp.Engine.Contract;
using UserTcp.Impairment;

namespace UserTcp.Hosting;

/// <summary>
/// Runs the stack with the host: it is up before any other service starts, and stops after all others. When the stack
/// fails, the host stops with a non-zero exit code.
/// </summary>
internal sealed class UserTcpService(
    UserTcpOptions options, DeviceFactory openDevice, StackParts parts, IHostApplicationLifetime lifetime,
    ILogger<UserTcpService> logger) : IHostedLifecycleService, IUserTcpStackProvider, IAsyncDisposable
{
    /// <summary>EX_SOFTWARE of sysexits(3).</summary>
    private const int InternalFault = 70;

    private readonly TaskCompletionSource<UserTcpStack> _stack =
        new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly FaultCaptures _faults = new(options, logger);
    private TraceCarrier? _carrier;
    private int _isStopping;

    public ValueTask<UserTcpStack> GetStackAsync(CancellationToken cancellationToken = default) =>
        new(_stack.Task.WaitAsync(cancellationToken));

    public ImpairedDevice? ImpairedLink { get; private set; }

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        try
        {
            var stack = await OpenAsync(cancellationToken).ConfigureAwait(false);
            logger.Started(stack.DeviceName, string.Join(", ", stack.Addresses), options.Mtu);
            _carrier = new TraceCarrier(stack, options.ConnectionActivities);
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

    public ValueTask DisposeAsync() => new(StopStackAsync());

    private async Task StopStackAsync()
    {
        if (Interlocked.Exchange(ref _isStopping, 1) != 0 || !_stack.Task.IsCompletedSuccessfully)
            return;
        var stack = await _stack.Task.ConfigureAwait(false);
        await stack.StopAsync(options.DrainTimeout).ConfigureAwait(false);
        await _carrier!.DisposeAsync().ConfigureAwait(false);
        _faults.Summarize(stack);
        logger.Stopped(stack.DeviceName);
    }

    /// <summary>The device with a capture, and the observer that gives the capture its reasons.</summary>
    private (ILinkDevice Device, IEngineObserver Observer) Capture(
        ILinkDevice device, string file, IEngineObserver? observer)
    {
        var keys = TlsKeys.FindLog();
        var capture = CapturingDevice.ToFile(device, file, error => logger.CaptureFailed(error, file), keys);
        if (keys is not null)
            logger.CaptureHasKeys(file, keys);
        return (capture, observer is null
            ? capture.JoinEvents()
            : new ObserverPair(capture.JoinEvents(), observer, logger.ObserverFailed));
    }

    private ValueTask<UserTcpStack> OpenAsync(CancellationToken cancellationToken)
    {
        var device = openDevice(options);
        if (options.IsImpaired)
            device = ImpairedLink = Impaired(device);
        var observer = parts.Observer;
        if (options.CaptureFile is { } file)
            (device, observer) = Capture(device, file, observer);
        if (parts.Ring is { } ring)
        {
            device = ring.Wrap(device);
            observer = observer is null ? ring : new ObserverPair(ring, observer, logger.ObserverFailed);
        }

        UserTcpRecording? recording;
        try
        {
            recording = Recording();
        }
        catch
        {
            device.Dispose();
            throw;
        }

        return UserTcpStack.StartAsync(
            new UserTcpStackOptions
            {
                Device = device,
                Addresses = [.. options.Addresses.Select(IPAddress.Parse)],
                Engine = options.Engine,
                InlineContinuations = options.InlineContinuations,
                SpinTime = options.SpinTime,
                MaxWatchers = options.MaxWatchers,
                IdleTrimInterval = options.IdleTrimInterval,
                Observer = observer,
                Recording = recording,
                Resolver = parts.Resolver,
                MeterFactory = parts.MeterFactory,
                ObserverFailed = logger.ObserverFailed,
                FlightRecorderFrames = options.FlightRecorderFrames,
                FaultContained = _faults.OnFault,
            },
            cancellationToken);
    }

    /// <summary>One object for both directions counts the packets of both for its triggers.</summary>
    private ImpairedDevice Impaired(ILinkDevice device)
    {
        var both = LinkImpairment.Parse(options.Impair ?? "");
        return new ImpairedDevice(device, Or(options.ImpairFromStack), Or(options.ImpairToStack));

        LinkImpairment Or(string? own) => own is null ? both : LinkImpairment.Parse(own);
    }

    private UserTcpRecording? Recording() => options.RecordFile is { } file
        ? UserTcpRecording.ToFile(file, options.MaxRecordLength, error => logger.RecordingEnded(error.Message, file))
        : parts.Recording;

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
