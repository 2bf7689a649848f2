using System.Net;
using System.Net.Sockets;

namespace UserTcp.Soak.Traffic;

/// <summary>A server of conversations. An error is a finding, unless its clients may abort.</summary>
internal sealed class Service : IAsyncDisposable
{
    private static readonly SocketError[] ErrorsOfAnAbort =
        [
            SocketError.ConnectionReset, SocketError.ConnectionAborted, SocketError.Shutdown,
            SocketError.OperationAborted,
        ];

    private readonly Findings _findings;
    private readonly ServiceOptions _options;
    private readonly IListen _listen;
    private readonly CancellationTokenSource _closed = new();
    private readonly Lock _lock = new();
    private readonly HashSet<Wire> _open = [];
    private readonly Task _accepting;
    private bool _crashed;

    private Service(Findings findings, ServiceOptions options, IListen listen)
    {
        (_findings, _options, _listen) = (findings, options, listen);
        _accepting = AcceptAsync();
    }

    public IPEndPoint EndPoint => _listen.EndPoint;

    public static async Task<Service> StartAsync(Findings findings, IHost host, int port, ServiceOptions options) =>
        new(findings, options, await host.ListenAsync(port));

    /// <summary>Closes the listener and resets all accepted connections, like a dying process.</summary>
    public async Task CrashAsync()
    {
        Volatile.Write(ref _crashed, true);
        await DisposeAsync();
        Wire[] open;
        lock (_lock)
            open = [.. _open];
        foreach (var wire in open)
            wire.Abort();
    }

    /// <summary>Closes the listener; conversations continue to their end.</summary>
    public async ValueTask DisposeAsync()
    {
        await _closed.CancelAsync();
        await _listen.DisposeAsync();
        await _accepting;
    }

    private async Task AcceptAsync()
    {
        while (!_closed.IsCancellationRequested)
        {
            try
            {
                _ = ServeAsync(await _listen.AcceptAsync(_closed.Token));
            }
            catch (Exception exception)
                when (exception is OperationCanceledException or ObjectDisposedException or SocketException)
            {
                if (!_closed.IsCancellationRequested)
                    _findings.Count($"{_options.Name}: {Findings.Describe(exception)} in accept");
            }
        }
    }

    private async Task ServeAsync(Wire wire)
    {
        lock (_lock)
            _open.Add(wire);
        using var deadline = new CancellationTokenSource(_options.Deadline);
        try
        {
            var conversation = await Conversation.ReadHeadAsync(wire, deadline.Token);
            await conversation.RunServerAsync(wire, deadline.Token);
            await wire.DisposeAsync();
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            Judge(wire, exception);
            wire.Abort();
        }
        finally
        {
            lock (_lock)
                _open.Remove(wire);
        }
    }

    private void Judge(Wire wire, Exception exception)
    {
        var isMismatch = exception is MismatchException && !_options.ClientsMayLeave;
        var isExpected = Volatile.Read(ref _crashed)
            || (_options.ClientsMayLeave && !isMismatch && IsOfAnAbort(exception))
            || (_options.MayTimeOut && exception is (OperationCanceledException or TimeoutException));
        if (isExpected)
        {
            _findings.Count(
                $"{_options.Name}: server saw {Findings.ErrorOf(exception)?.ToString() ?? exception.GetType().Name}");
        }
        else
        {
            _findings.Add(_options.Name, $"{wire.Describe()}: server: {Findings.Describe(exception)}");
        }
    }

    private static bool IsOfAnAbort(Exception exception) =>
        exception is EndOfStreamException or MismatchException or ObjectDisposedException
        || (Findings.ErrorOf(exception) is { } error && ErrorsOfAnAbort.Contains(error));
}

/// <summary>The errors that a service has to expect.</summary>
internal sealed record ServiceOptions(string Name)
{
    /// <summary>Clients reset, are killed, or end early.</summary>
    public bool ClientsMayLeave { get; init; }

    /// <summary>The RST of a client may be lost, so that the deadline ends the conversation.</summary>
    public bool MayTimeOut { get; init; }

    /// <summary>The max duration of a conversation.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromSeconds(120);
}
