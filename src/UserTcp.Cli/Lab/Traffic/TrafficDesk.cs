using System.Net;

namespace UserTcp.Cli.Lab.Traffic;

/// <summary>The traffic of a page, with limits on how much of it runs and is remembered.</summary>
internal sealed class TrafficDesk : IAsyncDisposable
{
    /// <summary>Max traffic that runs at once.</summary>
    private const int MaxRunning = 16;

    /// <summary>Max traffic that is listed.</summary>
    private const int MaxListed = 64;

    private readonly UserTcpStack _stack;
    private readonly IPAddress _kernel;
    private readonly Lock _gate = new();
    private readonly List<TrafficRun> _runs = [];
    private int _last;

    /// <param name="stack">The stack.</param>
    /// <param name="kernelAddresses">The kernel's addresses, with prefix lengths.</param>
    public TrafficDesk(UserTcpStack stack, IEnumerable<string> kernelAddresses)
    {
        _stack = stack;
        _kernel = kernelAddresses.Select(one => IPAddress.Parse(one.Split('/')[0]))
            .First(address => address.AddressFamily == stack.Addresses[0].AddressFamily);
    }

    /// <summary>All traffic, newest first.</summary>
    public IReadOnlyList<TrafficRow> Rows
    {
        get
        {
            lock (_gate)
                return [.. _runs.AsEnumerable().Reverse().Select(run => run.ToRow())];
        }
    }

    /// <summary>Starts traffic; null when too much of it runs.</summary>
    public TrafficRow? TryStart(TrafficKind kind, TrafficRole role, long bytes)
    {
        lock (_gate)
        {
            if (_runs.Count(run => run.IsRunning) >= MaxRunning)
                return null;
            while (_runs.Count >= MaxListed)
                _runs.Remove(_runs.First(run => !run.IsRunning));
            var command = new TrafficCommands(_stack, _kernel).For(kind, role, bytes);
            var run = new TrafficRun(++_last, kind, role, command);
            _runs.Add(run);
            run.Start(_stack, _kernel, bytes);
            return run.ToRow();
        }
    }

    /// <summary>The traffic of that number; null when there is none.</summary>
    public TrafficRun? Find(int id)
    {
        lock (_gate)
            return _runs.Find(run => run.Id == id);
    }

    public async ValueTask DisposeAsync()
    {
        TrafficRun[] runs;
        lock (_gate)
            runs = [.. _runs];
        foreach (var run in runs)
            await run.DisposeAsync();
    }
}
