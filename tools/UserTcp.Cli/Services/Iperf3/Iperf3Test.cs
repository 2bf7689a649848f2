namespace UserTcp.Cli.Services.Iperf3;

/// <summary>One test of one client, from its control connection's cookie to its results.</summary>
internal sealed class Iperf3Test(UserTcpConnection control, byte[] cookie, TimeSpan patience) : IDisposable
{
    private const int MaxParameters = 8 * 1024;
    private const int MaxResults = 256 * 1024;

    /// <summary>How much longer than it has announced a test may take.</summary>
    private static readonly TimeSpan Overtime = TimeSpan.FromSeconds(60);

    private readonly Iperf3Channel _channel = new(control.Transport);
    private readonly Iperf3Results _results = new();
    private readonly List<Iperf3Stream> _streams = [];
    private readonly TaskCompletionSource _complete = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private int _missing;

    /// <summary>The data connection of this test that has come with this cookie; null when it is none, or none is expected.</summary>
    public Iperf3Stream? TryAdd(UserTcpConnection connection, long ticket, ReadOnlySpan<byte> itsCookie)
    {
        lock (_lock)
        {
            if (_missing == 0 || !itsCookie.SequenceEqual(cookie))
                return null;
            var stream = new Iperf3Stream(connection, ticket);
            _streams.Add(stream);
            if (--_missing == 0)
                _complete.TrySetResult();
            return stream;
        }
    }

    /// <summary>Runs the test. False when it has come to no results.</summary>
    public async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        WatchForItsDeath();
        if (await AgreeAsync(cancellationToken) is not { } parameters)
            return false;
        await GatherAsync(parameters, cancellationToken);
        await _channel.SendAsync(Iperf3State.TestStart, cancellationToken);
        Begin(parameters);
        await _channel.SendAsync(Iperf3State.TestRunning, cancellationToken);
        var message = await MeasureAsync(parameters, cancellationToken);
        foreach (var stream in _streams)
            stream.StopSending();
        var results = _results.Write(_streams);
        return message switch
        {
            Iperf3State.TestEnd => await ExchangeAsync(results, cancellationToken),
            Iperf3State.ClientTerminate => false,
            _ => await RefuseAsync(Iperf3Error.UnknownMessage, cancellationToken),
        };
    }

    /// <summary>Lets the client show what was measured, and waits for its end.</summary>
    public async Task ShowAsync(CancellationToken cancellationToken)
    {
        await _channel.SendAsync(Iperf3State.DisplayResults, cancellationToken);
        await InTimeAsync(patience, token => _channel.ReadStateAsync(token), cancellationToken);
    }

    /// <summary>Nothing goes on without the test.</summary>
    public void End()
    {
        lock (_lock)
        {
            _missing = 0;
            foreach (var stream in _streams)
                stream.End();
        }
    }

    public void Dispose()
    {
        foreach (var stream in _streams)
            stream.Dispose();
    }

    private static async ValueTask<T> InTimeAsync<T>(TimeSpan limit, Func<CancellationToken, ValueTask<T>> wait, CancellationToken cancellationToken)
    {
        using var source = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        source.CancelAfter(limit);
        return await wait(source.Token);
    }

    /// <summary>A test that only its client ends is not to outlive a client whose machine has gone.</summary>
    private void WatchForItsDeath()
    {
        control.KeepAliveTime = TimeSpan.FromSeconds(10);
        control.KeepAliveInterval = TimeSpan.FromSeconds(5);
        control.KeepAliveRetryCount = 4;
        control.KeepAlive = true;
    }

    private async Task<Iperf3Parameters?> AgreeAsync(CancellationToken cancellationToken)
    {
        await _channel.SendAsync(Iperf3State.ParameterExchange, cancellationToken);
        var text = await InTimeAsync(patience, token => _channel.ReadTextAsync(MaxParameters, token), cancellationToken);
        var error = Iperf3Error.ReceiveParameters;
        var parameters = new Iperf3Parameters();
        if (text is not null)
            error = Iperf3Parameters.TryParse(text, out parameters);
        if (error == Iperf3Error.None)
            return parameters;
        await RefuseAsync(error, cancellationToken);
        return null;
    }

    /// <summary>Waits for all connections, or for the client's end.</summary>
    private async Task GatherAsync(Iperf3Parameters parameters, CancellationToken cancellationToken)
    {
        lock (_lock)
            _missing = parameters.Connections;
        await _channel.SendAsync(Iperf3State.CreateStreams, cancellationToken);
        await InTimeAsync(
            patience, async token => await Task.WhenAny(_complete.Task, control.ReadsClosed).WaitAsync(token), cancellationToken);
        if (!_complete.Task.IsCompleted)
            throw new EndOfStreamException("The client is gone.");
    }

    /// <summary>The client opens the streams that it sends on first. It numbers them 1, 3, 4, 5, and so do we.</summary>
    private void Begin(Iperf3Parameters parameters)
    {
        _streams.Sort(static (one, other) => one.Ticket.CompareTo(other.Ticket));
        for (var index = 0; index < _streams.Count; index++)
        {
            var isSender = parameters.IsReverse || (parameters.IsBidirectional && index >= parameters.Streams);
            _streams[index].Begin(index == 0 ? 1 : index + 2, isSender, parameters);
        }

        _results.Restart();
    }

    /// <summary>Waits for the client's word that the test is over.</summary>
    private async Task<Iperf3State> MeasureAsync(Iperf3Parameters parameters, CancellationToken cancellationToken)
    {
        using var source = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (parameters.Duration > TimeSpan.Zero)
            source.CancelAfter(parameters.Omit + parameters.Duration + Overtime);
        var message = _channel.ReadStateAsync(source.Token).AsTask();
        if (parameters.Omit > TimeSpan.Zero)
        {
            await Task.WhenAny(message, Task.Delay(parameters.Omit, source.Token));
            foreach (var stream in _streams)
                stream.Omit();
            _results.Restart();
        }

        return await message;
    }

    private async Task<bool> ExchangeAsync(ReadOnlyMemory<byte> results, CancellationToken cancellationToken)
    {
        await _channel.SendAsync(Iperf3State.ExchangeResults, cancellationToken);
        if (await InTimeAsync(patience, token => _channel.ReadTextAsync(MaxResults, token), cancellationToken) is null)
            return await RefuseAsync(Iperf3Error.UnknownMessage, cancellationToken);
        await _channel.SendTextAsync(results, cancellationToken);
        return true;
    }

    private async Task<bool> RefuseAsync(Iperf3Error error, CancellationToken cancellationToken)
    {
        await InTimeAsync(
            patience,
            async token =>
            {
                await _channel.SendErrorAsync(error, token);
                return error;
            },
            cancellationToken);
        return false;
    }
}
