namespace UserTcp.Cli.Services.Iperf3;

/// <summary>One test of one client, from its parameters to its results.</summary>
internal sealed class Iperf3Test : IDisposable
{
    private const int MaxResults = 256 * 1024;

    private readonly UserTcpConnection _control;
    private readonly Iperf3Channel _channel;
    private readonly byte[] _cookie;
    private readonly Iperf3Parameters _parameters;
    private readonly TimeProvider _time;
    private readonly Iperf3Limits _limits;
    private readonly Iperf3Progress _progress;
    private readonly Iperf3Results _results = new();
    private readonly List<Iperf3Stream> _streams = [];
    private readonly TaskCompletionSource _complete = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationToken _service;
    private readonly CancellationTokenSource _stop;
    private readonly CancellationToken _stopped;
    private readonly Lock _lock = new();
    private string? _stopReason;
    private int _expected;
    private volatile bool _isOver;
    private bool _isDisposed;

    public Iperf3Test(
        UserTcpConnection control, Iperf3Channel channel, byte[] cookie, Iperf3Parameters parameters, TimeProvider time,
        Iperf3Limits limits, CancellationToken service)
    {
        (_control, _channel, _cookie, _parameters, _time, _limits, _service) =
            (control, channel, cookie, parameters, time, limits, service);
        _expected = parameters.Connections;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(service);
        _stopped = _stop.Token;
        _progress = new Iperf3Progress(time, limits.Stall, Moved, () => Stop("The test stands still."));
        _progress.AllowGaps(
            TimeSpan.FromSeconds(Math.Min(2 * parameters.SecondsBetweenBlocks, limits.SlowRate.TotalSeconds)));
    }

    /// <summary>The test may be ended for another one.</summary>
    public bool HasStoodStill => _isOver || _progress.HasStoodStill(_limits.Yield);

    /// <summary>
    /// The data connection of this test that has come with this cookie; null when it is none, or none is expected.
    /// </summary>
    public Iperf3Stream? TryAdd(UserTcpConnection connection, long ticket, ReadOnlySpan<byte> itsCookie)
    {
        lock (_lock)
        {
            if (_expected == 0 || _isOver || !itsCookie.SequenceEqual(_cookie))
                return null;
            var stream = new Iperf3Stream(connection, ticket);
            _streams.Add(stream);
            _progress.Step();
            if (--_expected == 0)
                _complete.TrySetResult();
            return stream;
        }
    }

    /// <summary>Runs the test. False when the client has ended it without results.</summary>
    public async Task<bool> RunAsync()
    {
        WatchForItsDeath();
        try
        {
            await GatherAsync();
            await _channel.SendAsync(Iperf3State.TestStart, _stopped);
            Begin();
            await _channel.SendAsync(Iperf3State.TestRunning, _stopped);
            var message = await MeasureAsync();
            StopSending();
            _progress.Step();
            return message switch
            {
                Iperf3State.TestEnd => await ExchangeAsync(),
                Iperf3State.ClientTerminate => false,
                _ => throw await FailAsync(Iperf3Error.UnknownMessage),
            };
        }
        catch (OperationCanceledException) when (_stopped.IsCancellationRequested && !_service.IsCancellationRequested)
        {
            // Below.
        }

        await FailAsync(Iperf3Error.ServerTerminated);
        throw new Iperf3Exception(_stopReason ?? "The test took longer than it said.");
    }

    /// <summary>Lets the client show what was measured, and waits for its end.</summary>
    public async Task ShowAsync()
    {
        await _channel.SendAsync(Iperf3State.DisplayResults, _stopped);
        await _channel.ReadStateInTimeAsync(_stopped);
    }

    /// <summary>Ends the test before its time; its client is told.</summary>
    public void Stop(string reason)
    {
        lock (_lock)
        {
            if (_isDisposed)
                return;
            _stopReason ??= reason;
            // Continuations run on other threads, without the lock.
            _ = _stop.CancelAsync();
        }
    }

    /// <summary>Ends the test and all that belongs to it.</summary>
    public void End()
    {
        _isOver = true;
        lock (_lock)
        {
            foreach (var stream in _streams)
                stream.End();
        }
    }

    public void Dispose()
    {
        _progress.Dispose();
        lock (_lock)
        {
            _isDisposed = true;
            _stop.Dispose();
            foreach (var stream in _streams)
                stream.Dispose();
        }
    }

    /// <summary>A test that only its client ends is not to outlive a client whose machine has gone.</summary>
    private void WatchForItsDeath()
    {
        _control.KeepAliveTime = TimeSpan.FromSeconds(10);
        _control.KeepAliveInterval = TimeSpan.FromSeconds(5);
        _control.KeepAliveRetryCount = 4;
        _control.KeepAlive = true;
    }

    private long Moved()
    {
        lock (_lock)
            return _streams.Sum(static stream => stream.Moved);
    }

    /// <summary>Waits for all connections, or for the client's end.</summary>
    private async Task GatherAsync()
    {
        await _channel.SendAsync(Iperf3State.CreateStreams, _stopped);
        using var over = new CancellationTokenSource(_limits.Step, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(_stopped, over.Token);
        try
        {
            await Task.WhenAny(_complete.Task, _control.ReadsClosed).WaitAsync(both.Token);
        }
        catch (OperationCanceledException) when (!_stopped.IsCancellationRequested)
        {
            Stop("The client's streams have not come.");
            _stopped.ThrowIfCancellationRequested();
        }

        if (!_complete.Task.IsCompleted)
            throw new EndOfStreamException("The client is gone.");
    }

    /// <summary>
    /// The client opens the streams that it sends on first. It numbers them 1, 3, 4, 5, and so do we.
    /// </summary>
    private void Begin()
    {
        _streams.Sort(static (one, other) => one.Ticket.CompareTo(other.Ticket));
        for (var index = 0; index < _streams.Count; index++)
        {
            var isSender = _parameters.IsReverse || (_parameters.IsBidirectional && index >= _parameters.Streams);
            _streams[index].Begin(index == 0 ? 1 : index + 2, isSender, _parameters);
        }

        _progress.Step();
        _results.Restart();
    }

    /// <summary>Waits for the client's word that the test is over.</summary>
    private async Task<Iperf3State> MeasureAsync()
    {
        using var over = _parameters.Duration > TimeSpan.Zero
            ? new CancellationTokenSource(_parameters.Omit + _parameters.Duration + _limits.Overtime, _time)
            : new CancellationTokenSource();
        using var stopping = over.Token.Register(() => Stop("The test took longer than it said."));
        var message = _channel.ReadStateAsync(_stopped);
        if (_parameters.Omit > TimeSpan.Zero)
        {
            await Task.WhenAny(message, Task.Delay(_parameters.Omit, _time, _stopped));
            foreach (var stream in _streams)
                stream.Omit();
            _results.Restart();
        }

        return await message;
    }

    /// <summary>The test is over for the server: the place is free while the client is told why.</summary>
    private Task<Iperf3Exception> FailAsync(Iperf3Error error)
    {
        End();
        return _channel.RefuseAsync(error, _service);
    }

    private void StopSending()
    {
        foreach (var stream in _streams)
            stream.StopSending();
    }

    private async Task<bool> ExchangeAsync()
    {
        var results = _results.Write(_streams);
        await _channel.SendAsync(Iperf3State.ExchangeResults, _stopped);
        if (await _channel.ReadJsonAsync(MaxResults, _stopped) is null)
            throw await FailAsync(Iperf3Error.ReceiveResults);
        await _channel.SendJsonAsync(results, _stopped);
        return true;
    }
}
