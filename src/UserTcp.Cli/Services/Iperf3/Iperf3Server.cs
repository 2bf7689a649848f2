namespace UserTcp.Cli.Services.Iperf3;

/// <summary>
/// The server of iperf3, one test at a time: the stock client measures the stack, up, down (-R) and both at once
/// (--bidir), over any number of streams. TCP only. A client has the place from when its parameters are agreed; while
/// it stands still, the next one takes it.
/// </summary>
internal sealed class Iperf3Server(TimeProvider time, Iperf3Limits limits)
{
    private readonly Lock _lock = new();
    private Iperf3Test? _current;
    private long _tickets;

    public Iperf3Server()
        : this(TimeProvider.System, new Iperf3Limits())
    {
    }

    /// <summary>
    /// Whatever comes to the port: the cookie says whether it is a new test, or a part of the one that is going on.
    /// </summary>
    public async Task HandleAsync(ServedConnection served, CancellationToken cancellationToken)
    {
        var connection = served.Connection;
        var ticket = Interlocked.Increment(ref _tickets);
        var channel = new Iperf3Channel(connection.Transport, time, limits.Step);
        var cookie = await channel.ReadAsync(Iperf3Channel.CookieLength, cancellationToken);
        Iperf3Stream? stream;
        bool isBusy;
        lock (_lock)
        {
            stream = _current?.TryAdd(connection, ticket, cookie);
            isBusy = _current is { } current && !current.HasStoodStill;
        }

        if (stream is not null)
            await stream.RunAsync();
        else if (isBusy)
            await channel.DenyAsync(cancellationToken);
        else
            await ServeAsync(connection, channel, cookie, cancellationToken);
    }

    private async Task ServeAsync(
        UserTcpConnection connection, Iperf3Channel channel, byte[] cookie, CancellationToken cancellationToken)
    {
        var parameters = await AgreeAsync(channel, cancellationToken);
        using var test = new Iperf3Test(connection, channel, cookie, parameters, time, limits, cancellationToken);
        try
        {
            if (!TryTakePlace(test))
            {
                await channel.DenyAsync(cancellationToken);
                return;
            }

            if (await RunAsync(test))
                await test.ShowAsync();
        }
        finally
        {
            test.End();
        }
    }

    /// <summary>
    /// Asks for the client's parameters. Other clients may do so too: the first to agree gets the test.
    /// </summary>
    private static async Task<Iperf3Parameters> AgreeAsync(Iperf3Channel channel, CancellationToken cancellationToken)
    {
        await channel.SendAsync(Iperf3State.ParameterExchange, cancellationToken);
        var json = await channel.ReadJsonAsync(Iperf3Parameters.MaxLength, cancellationToken);
        if (json is null)
            throw await channel.RefuseAsync(Iperf3Error.ReceiveParameters, cancellationToken);
        var error = Iperf3Parameters.TryParse(json, out var parameters);
        return error == Iperf3Error.None ? parameters : throw await channel.RefuseAsync(error, cancellationToken);
    }

    private bool TryTakePlace(Iperf3Test test)
    {
        Iperf3Test? before;
        lock (_lock)
        {
            before = _current;
            if (before is { HasStoodStill: false })
                return false;
            _current = test;
        }

        before?.Stop("Another client wants the place.");
        return true;
    }

    /// <summary>The next test may come before this client has shown what it has measured.</summary>
    private async Task<bool> RunAsync(Iperf3Test test)
    {
        try
        {
            return await test.RunAsync();
        }
        finally
        {
            lock (_lock)
            {
                if (_current == test)
                    _current = null;
            }
        }
    }
}
