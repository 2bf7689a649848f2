using System.Diagnostics;

namespace UserTcp.Cli.Services.Iperf3;

/// <summary>
/// One data connection of a test. A receiver looks at no octet; a sender copies none.
/// </summary>
internal sealed class Iperf3Stream : IDisposable
{
    /// <summary>The max data of one frame with offload: larger writes are cut.</summary>
    private const int MaxPiece = 64 * 1024;

    private static readonly UserTcpPinnedData Zeros = new(new byte[MaxPiece]);

    private readonly UserTcpConnection _connection;
    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _over = new();
    private readonly CancellationToken _isOver;
    private int _piece;
    private double _rate;
    private long _octets;
    private long _omitted;

    public Iperf3Stream(UserTcpConnection connection, long ticket)
    {
        (_connection, Ticket) = (connection, ticket);
        // The source may be gone when it is looked at.
        _isOver = _over.Token;
    }

    /// <summary>The order in which connections came.</summary>
    public long Ticket { get; }

    /// <summary>The number that both sides know it by.</summary>
    public int Id { get; private set; }

    public bool IsSender { get; private set; }

    /// <summary>Bytes sent or received so far.</summary>
    public long Moved => Volatile.Read(ref _octets);

    /// <summary>Octets sent or received, without those that do not count.</summary>
    public long Octets => Volatile.Read(ref _octets) - Volatile.Read(ref _omitted);

    /// <summary>Segments retransmitted.</summary>
    public long Retransmissions => IsSender ? _connection.GetInfo().Retransmissions : 0;

    /// <summary>Begins the test: all streams are connected, and the sender is known.</summary>
    public void Begin(int id, bool isSender, Iperf3Parameters parameters)
    {
        Id = id;
        IsSender = isSender;
        _piece = Math.Min(parameters.BlockSize, MaxPiece);
        _rate = parameters.Rate;
        if (parameters.TypeOfService != 0)
            _connection.TypeOfService = parameters.TypeOfService;
        _begun.TrySetResult();
    }

    /// <summary>Excludes the data so far from the count.</summary>
    public void Omit() => Volatile.Write(ref _omitted, Volatile.Read(ref _octets));

    /// <summary>Stops sending. Data in flight may still arrive.</summary>
    public void StopSending()
    {
        if (!IsSender)
            return;
        _over.Cancel();
        _connection.Transport.Output.CancelPendingFlush();
    }

    /// <summary>The test is over: <see cref="RunAsync"/> returns.</summary>
    public void End()
    {
        _over.Cancel();
        _begun.TrySetResult();
        _connection.Transport.Output.CancelPendingFlush();
        _connection.Transport.Input.CancelPendingRead();
    }

    public void Dispose() => _over.Dispose();

    /// <summary>Sends or receives until the end of the test, or of the _connection.</summary>
    public async Task RunAsync()
    {
        await _begun.Task;
        if (IsSender)
            await SendAsync();
        // The end of a sender's connection comes this way, too.
        await ReceiveAsync();
    }

    private async Task SendAsync()
    {
        var started = Stopwatch.GetTimestamp();
        try
        {
            while (!_isOver.IsCancellationRequested)
            {
                // Pinned data of this size is taken whole, or not at all when the test ends meanwhile.
                await _connection.WriteAsync(Zeros, 0, _piece);
                Volatile.Write(ref _octets, _octets + _piece);
                if (_rate > 0)
                    await WaitForItsTurnAsync(started);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException)
        {
            // The test is over, or the connection: receiving tells which.
        }

        _connection.CompleteWrites();
    }

    /// <summary>Waits until no more has been sent than the rate allows.</summary>
    private async Task WaitForItsTurnAsync(long started)
    {
        var ahead = (_octets * 8 / _rate) - Stopwatch.GetElapsedTime(started).TotalSeconds;
        if (ahead > 0)
        {
            await Task.Delay(TimeSpan.FromSeconds(Math.Min(ahead, 3600)), _isOver)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ReceiveAsync()
    {
        var input = _connection.Transport.Input;
        while (true)
        {
            var read = await input.ReadAsync();
            if (!IsSender)
                Volatile.Write(ref _octets, _octets + read.Buffer.Length);
            input.AdvanceTo(read.Buffer.End);
            if (read.IsCanceled || read.IsCompleted)
                return;
        }
    }
}
