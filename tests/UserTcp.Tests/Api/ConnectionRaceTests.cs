using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;
using UserTcp.Connecting;
using UserTcp.Tests.Api.Kit;
using Xunit;

namespace UserTcp.Tests.Api;

/// <summary>The addresses of a name are tried as RFC 8305 has it.</summary>
public sealed class ConnectionRaceTests : IDisposable
{
    private static readonly IPEndPoint[] _candidates =
        [.. Enumerable.Range(1, 4).Select(number => new IPEndPoint(new IPAddress([198, 18, 0, (byte)number]), 80))];

    private readonly CountingClock _time = new();
    private readonly List<Attempt> _attempts = [];
    private readonly CancellationTokenSource _cancellation = new();
    private int _raceCandidates;

    public void Dispose() => _cancellation.Dispose();

    [Fact]
    [Trait("RFC", "8305 section 5")]
    public async Task Another_attempt_starts_every_250_ms_and_the_first_connection_wins()
    {
        var race = Start();
        Assert.Equal([1], Started);
        _time.Advance(TimeSpan.FromMilliseconds(249));
        Assert.Equal([1], Started);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await StartedAsync(2);
        _time.Advance(ConnectionRace<Attempt>.AttemptDelay);
        await StartedAsync(3);

        Attempts[1].Succeed();

        Assert.Same(Attempts[1], await race.OrFail());
        Assert.Equal([true, false, true], Attempts.Select(attempt => attempt.IsCancelled));
    }

    [Fact]
    [Trait("RFC", "8305 section 5")]
    public async Task An_attempt_that_fails_is_followed_by_the_next_at_once()
    {
        var race = Start();
        Attempts[0].Fail(SocketError.ConnectionRefused);
        await StartedAsync(2);
        Attempts[1].Succeed();

        Assert.Same(Attempts[1], await race.OrFail());
        Assert.Equal(2, Attempts.Length);
    }

    [Fact]
    public async Task When_all_fail_the_error_is_that_of_the_last()
    {
        var race = Start();
        for (var number = 1; number <= _candidates.Length; number++)
        {
            await StartedAsync(number);
            Attempts[number - 1].Fail(number < 4 ? SocketError.ConnectionRefused : SocketError.HostUnreachable);
        }

        await ErrorAssert.AssertSocketAsync(SocketError.HostUnreachable, () => race.OrFail());
    }

    [Fact]
    public async Task A_slow_attempt_may_still_win_after_later_ones_failed()
    {
        var race = Start(2);
        _time.Advance(ConnectionRace<Attempt>.AttemptDelay);
        await StartedAsync(2);
        Attempts[1].Fail(SocketError.ConnectionRefused);
        Attempts[0].Succeed();

        Assert.Same(Attempts[0], await race.OrFail());
    }

    [Fact]
    public async Task A_connection_that_loses_is_disposed_of()
    {
        var race = Start(2);
        _time.Advance(ConnectionRace<Attempt>.AttemptDelay);
        await StartedAsync(2);
        Attempts[1].IgnoresCancellation = true;
        Attempts[0].Succeed();
        await race.OrFail();
        Assert.False(Attempts[1].IsDisposed);

        Attempts[1].Succeed();

        await Until.TrueAsync(() => Attempts[1].IsDisposed);
        Assert.False(Attempts[0].IsDisposed);
    }

    [Fact]
    public async Task Cancelling_cancels_every_attempt()
    {
        var race = Start(2);
        _time.Advance(ConnectionRace<Attempt>.AttemptDelay);
        await StartedAsync(2);

        await _cancellation.CancelAsync();

        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => race.OrFail());
        Assert.Equal(_cancellation.Token, error.CancellationToken);
        Assert.All(Attempts, attempt => Assert.True(attempt.IsCancelled));
    }

    [Fact]
    public async Task An_error_of_the_stack_ends_the_race()
    {
        var race = Start();
        Attempts[0].Fail(new ObjectDisposedException("stack"));

        await Assert.ThrowsAsync<ObjectDisposedException>(() => race.OrFail());
        Assert.Single(Attempts);
    }

    [Fact]
    [Trait("RFC", "8305 section 4")]
    public async Task The_families_take_turns()
    {
        var names = new NameResolution(
            [IPAddress.Parse("198.18.0.2"), IPAddress.Parse("2001:db8:75::2")],
            (_, _, _) => Task.FromResult<IPAddress[]>(
                [.. new[] { "::2", "::3", "::4", "198.18.0.8", "198.18.0.9" }.Select(IPAddress.Parse)]));

        var candidates = await names.ResolveAsync(new DnsEndPoint("name", 80), CancellationToken.None);

        Assert.Equal(
            ["::2", "198.18.0.8", "::3", "198.18.0.9", "::4"], candidates.Select(end => end.Address.ToString()));
    }

    [Fact]
    public async Task A_silent_address_does_not_hold_up_a_name()
    {
        await using var pair = await StackPair.StartAsync(new PairOptions
        {
            // Nobody has the first address, and the link says nothing about it.
            Resolver = _ => [IPAddress.Parse("198.18.0.77"), StackPair.ServerIPv4],
        });
        await using var listener = await pair.ListenAsync(port: 80);

        await using var client = await pair.Client.ConnectAsync(new DnsEndPoint("server", 80)).OrFail();

        Assert.Equal(listener.LocalEndPoint, client.RemoteEndPoint);
        await Until.TrueAsync(() => pair.Client.GetConnections().Count == 1);
    }

    /// <summary>A copy of the attempts so far: the race adds them on its own threads.</summary>
    private Attempt[] Attempts
    {
        get
        {
            lock (_attempts)
                return [.. _attempts];
        }
    }

    private IEnumerable<int> Started => Attempts.Select(attempt => (int)attempt.Remote.Address.GetAddressBytes()[3]);

    private Task<Attempt> Start(int count = 4)
    {
        _raceCandidates = count;
        return new ConnectionRace<Attempt>(Connect, _time).RunAsync(_candidates[..count], _cancellation.Token);
    }

    private Task<Attempt> Connect(IPEndPoint remote, CancellationToken token)
    {
        var attempt = new Attempt(remote, token);
        lock (_attempts)
            _attempts.Add(attempt);
        return attempt.Result;
    }

    /// <summary>
    /// Waits for an attempt and for the delay after it; the last candidate has none. Advancing the clock before the
    /// delay exists would start it too late.
    /// </summary>
    private Task StartedAsync(int count) => Until.TrueAsync(
        () => Attempts.Length == count && _time.Timers >= Math.Min(count, _raceCandidates - 1));

    /// <summary>A clock that counts the timers it has created.</summary>
    private sealed class CountingClock : FakeTimeProvider
    {
        private int _timers;

        public int Timers => Volatile.Read(ref _timers);

        public override ITimer CreateTimer(
            TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = base.CreateTimer(callback, state, dueTime, period);
            Interlocked.Increment(ref _timers);
            return timer;
        }
    }

    /// <summary>An attempt whose end the test decides, and the connection that it makes.</summary>
    private sealed class Attempt : IAsyncDisposable
    {
        private readonly TaskCompletionSource<Attempt> _result = new();

        public Attempt(IPEndPoint remote, CancellationToken token)
        {
            Remote = remote;
            token.Register(() => IsCancelled = IgnoresCancellation || _result.TrySetCanceled(token));
        }

        public IPEndPoint Remote { get; }

        public Task<Attempt> Result => _result.Task;

        public bool IsCancelled { get; private set; }

        public bool IgnoresCancellation { get; set; }

        public bool IsDisposed { get; private set; }

        public void Succeed() => _result.SetResult(this);

        public void Fail(SocketError error) => Fail(new SocketException((int)error));

        public void Fail(Exception error) => _result.SetException(error);

        public ValueTask DisposeAsync()
        {
            IsDisposed = true;
            return ValueTask.CompletedTask;
        }
    }
}
