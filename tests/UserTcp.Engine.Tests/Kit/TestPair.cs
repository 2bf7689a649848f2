using UserTcp.Engine.Contract;
using UserTcp.Engine.State;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Kit;

/// <summary>
/// Two engines, a link with a fixed delay between them, and a virtual clock that jumps to the next event.
/// </summary>
internal sealed class TestPair
{
    private readonly PriorityQueue<(TestHost To, byte[] Frame), (long Time, int Order)> _inFlight = new();
    private int _order;

    public TestPair(EngineOptions? a = null, EngineOptions? b = null, LinkProperties? link = null, string family = "4")
    {
        A = new TestHost(family == "4" ? "198.18.0.1" : "2001:db8:75::1", a, link, TestHost.Keys(11));
        B = new TestHost(family == "4" ? "198.18.0.2" : "2001:db8:75::2", b, link, TestHost.Keys(22));
    }

    public TestHost A { get; }

    public TestHost B { get; }

    public MonotonicTime Now { get; private set; } = new(TimeSpan.TicksPerSecond);

    public TimeSpan Delay { get; set; } = TimeSpan.FromMilliseconds(5);

    /// <summary>Filters each frame; false loses it.</summary>
    public Func<TestHost, byte[], bool> Carries { get; set; } = (_, _) => true;

    /// <summary>Delay of each frame in addition to <see cref="Delay"/>; different values reorder frames.</summary>
    public Func<TimeSpan> ExtraDelay { get; set; } = () => TimeSpan.Zero;

    /// <summary>Number of copies of each frame that arrive.</summary>
    public Func<int> Copies { get; set; } = () => 1;

    /// <summary>Runs until the condition holds; fails after <paramref name="limit"/> of virtual time.</summary>
    public void RunUntil(Func<bool> condition, TimeSpan? limit = null)
    {
        var end = Now + (limit ?? TimeSpan.FromSeconds(60));
        Pump();
        while (!condition())
        {
            Assert.True(Step(end), "the condition did not come true in time");
            Pump();
        }
    }

    /// <summary>Lets time pass.</summary>
    public void Run(TimeSpan span)
    {
        var end = Now + span;
        Pump();
        while (Step(end))
            Pump();
        Now = end;
    }

    /// <summary>A listens (port 80), B opens, A accepts.</summary>
    public (Tcb Server, Tcb Client) Connect(ConnectionOptions? options = null)
    {
        Assert.Equal(
            EngineError.None,
            A.Engine.Listen(A.Address, new Port(80), null, options ?? ConnectionOptions.Default, out var listener));
        Assert.Equal(
            EngineError.None,
            B.Engine.Open(
                null, default, A.Address, new Port(80), options ?? ConnectionOptions.Default, Now, out var client));
        Tcb? server = null;
        RunUntil(() => A.Engine.TryAccept(listener!, out server) && client!.State == TcpState.Established);
        return (server!, client!);
    }

    /// <summary>Sends from one host; the other reads until all data has arrived.</summary>
    public byte[] Transfer(TestHost from, Tcb sender, TestHost to, Tcb receiver, byte[] bytes, TimeSpan? limit = null)
    {
        from.Engine.Send(sender, from.Chain(bytes), Now);
        var received = new List<byte>();
        RunUntil(
            () =>
            {
                received.AddRange(to.ReadAll(receiver, Now));
                return received.Count >= bytes.Length;
            },
            limit);
        return [.. received];
    }

    /// <summary>Processes the events and emissions of both hosts at the current time.</summary>
    private void Pump()
    {
        foreach (var host in new[] { A, B })
        {
            host.DequeueEvents();
            foreach (var frame in host.Emit(Now))
            {
                if (!Carries(host, frame))
                    continue;
                for (var copies = Copies(); copies > 0; copies--)
                    _inFlight.Enqueue((host == A ? B : A, frame), ((Now + Delay + ExtraDelay()).Ticks, _order++));
            }
        }
    }

    private bool Step(MonotonicTime end)
    {
        var next = MonotonicTime.Min(A.Engine.NextDeadline, B.Engine.NextDeadline);
        if (_inFlight.TryPeek(out _, out var priority))
            next = MonotonicTime.Min(next, new MonotonicTime(priority.Time));
        if (next > end)
            return false;
        if (next > Now)
            Now = next;
        while (_inFlight.TryPeek(out var arrival, out priority) && priority.Time <= Now.Ticks)
        {
            _inFlight.Dequeue();
            arrival.To.Receive(arrival.Frame, Now);
        }

        A.Engine.OnTimer(Now);
        B.Engine.OnTimer(Now);
        return true;
    }
}
