using System.Net;
using System.Net.Sockets;

namespace UserTcp.Cli.Lab.Traffic;

/// <summary>Traffic that runs, or has run: its connections, and what the page can do to them.</summary>
internal sealed class TrafficRun : IAsyncDisposable
{
    /// <summary>No traffic runs for longer.</summary>
    private static readonly TimeSpan MaxTime = TimeSpan.FromMinutes(5);

    private const int Clients = 10;

    private readonly TrafficKind _kind;
    private readonly TrafficRole _role;
    private readonly CancellationTokenSource _end = new(MaxTime);
    private readonly Lock _lock = new();
    private readonly List<TrafficPair> _pairs = [];
    private readonly string _command;
    private string? _problem;
    private bool _isStopped;
    private bool _isKilled;
    private Task _running = Task.CompletedTask;

    public TrafficRun(int id, TrafficKind kind, TrafficRole role, string command) =>
        (Id, _kind, _role, _command) = (id, kind, role, command);

    /// <summary>Its number.</summary>
    public int Id { get; }

    /// <summary>True until its connections have ended.</summary>
    public bool IsRunning => !_running.IsCompleted;

    /// <summary>Opens the connections, and lets both ends do their part.</summary>
    /// <param name="stack">The stack.</param>
    /// <param name="kernel">The kernel's address.</param>
    /// <param name="bytes">Bytes to send, of all connections together.</param>
    public void Start(UserTcpStack stack, IPAddress kernel, long bytes) =>
        _running = RunAsync(stack, kernel, bytes);

    public TrafficRow ToRow()
    {
        lock (_lock)
        {
            var state = IsRunning ? "running" : _problem is null ? "done" : "failed";
            return new TrafficRow(
                Id, TrafficRow.NameOf(_kind), _role.ToString().ToLowerInvariant(), state, _problem ?? "", _command,
                [.. _pairs.Select(pair => pair.Row)]);
        }
    }

    /// <summary>Does something to the connections. False when there is no such action, or no such connection.</summary>
    /// <param name="action">What to do.</param>
    /// <param name="local">The stack's end of the only connection that is meant; empty for all.</param>
    /// <param name="peer">The kernel's end of that connection.</param>
    public bool TryAct(string action, string local, string peer)
    {
        Action<TrafficPair>? act = action switch
        {
            "stop-reading" => static pair => pair.Gate.Close(),
            "read" => static pair => pair.Gate.Open(),
            "half-close" => static pair => pair.Opener.CloseWrites(),
            "close" => static pair => pair.CloseWrites(),
            "close-reader" => CloseReader,
            "kill" => static pair => pair.AtKernel.Abort(),
            _ => null,
        };
        if (act is null)
            return false;
        var pairs = Pairs(action, local, peer);
        if (pairs.Length == 0 && local.Length > 0)
            return false;
        foreach (var pair in pairs)
        {
            try
            {
                act(pair);
            }
            catch (Exception exception) when (exception is SocketException or IOException or ObjectDisposedException)
            {
                // The connection has ended meanwhile.
            }
        }

        return true;
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _running;
        _end.Dispose();
    }

    private void CloseReader(TrafficPair pair)
    {
        pair.ReaderOf(_kind).Close();
        // One that does not read would not find out.
        pair.Gate.Open();
    }

    /// <summary>The connections that are meant. An action on all is for those that open later, too.</summary>
    private TrafficPair[] Pairs(string action, string local, string peer)
    {
        lock (_lock)
        {
            // What follows from the action is no failure.
            _isKilled |= action is "kill" or "close-reader";
            if (local.Length > 0)
                return [.. _pairs.Where(pair => pair.Row == new TrafficConnection(local, peer))];
            _isStopped = action == "stop-reading" || (_isStopped && action != "read");
            return [.. _pairs];
        }
    }

    private async Task RunAsync(UserTcpStack stack, IPAddress kernel, long bytes)
    {
        var count = _kind == TrafficKind.TenClients ? Clients : 1;
        try
        {
            await Task.WhenAll(Enumerable.Range(0, count).Select(_ => RunOneAsync(stack, kernel, bytes / count)));
        }
        catch (OperationCanceledException)
        {
            Fail($"it has ended after {MaxTime.TotalMinutes:0} minutes");
        }
        catch (Exception exception) when (exception is SocketException or IOException or ObjectDisposedException)
        {
            Fail(exception.Message);
        }
    }

    private async Task RunOneAsync(UserTcpStack stack, IPAddress kernel, long bytes)
    {
        await using var pair = await TrafficPair.OpenAsync(stack, kernel, _role, _end.Token);
        lock (_lock)
        {
            if (_isStopped)
                pair.Gate.Close();
            _pairs.Add(pair);
        }

        await new TrafficScript(pair).RunAsync(_kind, bytes, _end.Token);
    }

    private void Fail(string problem)
    {
        lock (_lock)
            _problem = _isKilled ? null : problem;
    }
}
