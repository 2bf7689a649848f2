namespace UserTcp.Cli.Services.Iperf3;

/// <summary>
/// The server of iperf3, one test at a time: the stock client measures the stack, up, down (-R) and both at once (--bidir), over
/// any number of streams. TCP only.
/// </summary>
/// <param name="patience">How long a client may take for each of its steps.</param>
internal sealed class Iperf3Server(TimeSpan patience)
{
    private readonly Lock _lock = new();
    private Iperf3Test? _current;
    private long _tickets;

    public Iperf3Server()
        : this(TimeSpan.FromSeconds(10))
    {
    }

    /// <summary>Whatever comes to the port: the cookie says whether it is a new test, or a part of the one that is going on.</summary>
    public async Task HandleAsync(UserTcpConnection connection, CancellationToken cancellationToken)
    {
        var ticket = Interlocked.Increment(ref _tickets);
        var channel = new Iperf3Channel(connection.Transport);
        var cookie = await ReadCookieAsync(channel, cancellationToken);
        Iperf3Stream? stream = null;
        Iperf3Test? test = null;
        lock (_lock)
        {
            if (_current is null)
                _current = test = new Iperf3Test(connection, cookie, patience);
            else
                stream = _current.TryAdd(connection, ticket, cookie);
        }

        if (test is not null)
            await ServeAsync(test, cancellationToken);
        else if (stream is not null)
            await stream.RunAsync();
        else
            await DenyAsync(channel, cancellationToken);
    }

    private async Task<byte[]> ReadCookieAsync(Iperf3Channel channel, CancellationToken cancellationToken)
    {
        using var source = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        source.CancelAfter(patience);
        return await channel.ReadAsync(Iperf3Channel.CookieLength, source.Token);
    }

    private async Task ServeAsync(Iperf3Test test, CancellationToken cancellationToken)
    {
        using (test)
        {
            try
            {
                if (await RunAsync(test, cancellationToken))
                    await test.ShowAsync(cancellationToken);
            }
            finally
            {
                test.End();
            }
        }
    }

    /// <summary>The next test may come before this client has shown what it has measured.</summary>
    private async Task<bool> RunAsync(Iperf3Test test, CancellationToken cancellationToken)
    {
        try
        {
            return await test.RunAsync(cancellationToken);
        }
        finally
        {
            lock (_lock)
                _current = null;
        }
    }

    /// <summary>Busy.</summary>
    private async Task DenyAsync(Iperf3Channel channel, CancellationToken cancellationToken)
    {
        using var source = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        source.CancelAfter(patience);
        await channel.SendAsync(Iperf3State.AccessDenied, source.Token);
        await channel.LetGoAsync(source.Token);
    }
}
