using System.Net;
using UserTcp.Engine.Contract;
using UserTcp.Tests.Api.Kit;
using Xunit;

namespace UserTcp.Tests.Api;

/// <summary>A fault in the loop or a lost device ends the stack, and fails everything that waits.</summary>
public sealed class FaultTests
{
    private static readonly IOException _lost = new("The cable is out.");

    public enum Where
    {
        Read,
        Write,
        Wait,
    }

    [Theory]
    [InlineData(Where.Read)]
    [InlineData(Where.Write)]
    [InlineData(Where.Wait)]
    public async Task A_fault_fails_everything_that_waits(Where where)
    {
        DecoratedDevice device = null!;
        await using var pair = await StackPair.StartAsync(
            new PairOptions { ServerDevice = inner => device = new DecoratedDevice(inner) });
        var (client, server) = await pair.ConnectAsync();
        await using var listener = await pair.ListenAsync();
        var accept = listener.AcceptConnectionAsync().AsTask();
        var connect = pair.Server.ConnectAsync(new IPEndPoint(IPAddress.Parse("198.18.0.77"), 80)).AsTask();
        var read = server.GetStream().ReadAsync(new byte[1]).AsTask();
        var thread = Task.Factory.StartNew(
            () => client.GetStream().ReadByte(), CancellationToken.None,
            TaskCreationOptions.LongRunning, TaskScheduler.Default);

        BreakAt(device, where);
        client.GetStream().WriteByte(1);
        await client.GetStream().WriteAsync(new byte[100_000]).OrFail();

        Assert.Same(_lost, await Assert.ThrowsAsync<IOException>(() => pair.Server.Completion.OrFail()));
        await AssertLostAsync(accept);
        await AssertLostAsync(connect);
        await AssertLostAsync(server.ReadsClosed);
        await AssertLostAsync(server.WritesClosed);
        await AssertLostAsync(server.GetStream().WriteAsync(new byte[1]).AsTask());
        await AssertLostAsync(listener.AcceptConnectionAsync().AsTask());
        await AssertLostAsync(pair.Server.ListenAsync(new IPEndPoint(StackPair.ServerIPv4, 81)).AsTask());
        await AssertLostAsync(pair.Server.ConnectAsync(new IPEndPoint(StackPair.ClientIPv4, 80)).AsTask());
        await AssertLostAsync(ReadToFailureAsync(server.GetStream(), read));
        Assert.True(server.ConnectionClosed.IsCancellationRequested);
        Assert.True(device.IsDisposed);
        Assert.Equal(TcpState.Closed, server.GetInfo().State);

        await server.DisposeAsync();
        await pair.Server.BlocksGoneAsync();
        await pair.Server.DisposeAsync();
        client.Abort();
        await Assert.ThrowsAsync<IOException>(() => thread.OrFail());
    }

    [Fact]
    public async Task An_observer_that_throws_is_reported_and_not_called_again()
    {
        var fault = new InvalidDataException("I cannot look.");
        var observer = new ThrowingObserver(fault);
        var reported = new TaskCompletionSource<Exception>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var pair = await StackPair.StartAsync(
            new PairOptions { ServerObserver = observer, ServerObserverFailed = reported.SetResult });

        var (client, server) = await pair.ConnectAsync();
        await client.GetStream().WriteAsync(new byte[1]);
        await server.GetStream().ReadExactlyAsync(1);

        Assert.Same(fault, await reported.Task.OrFail());
        Assert.Equal(1, observer.Calls);
        Assert.False(pair.Server.Completion.IsCompleted);
    }

    [Fact]
    public async Task An_exception_of_a_call_on_the_loop_goes_to_the_caller()
    {
        await using var pair = await StackPair.StartAsync();

        Assert.Throws<InvalidDataException>(() =>
            pair.Server.Loops.Loops[0].Call<int>(_ => throw new InvalidDataException(), () => 0));

        await pair.ConnectAsync();
    }

    [Fact]
    public async Task A_failure_to_dispose_of_the_device_is_reported()
    {
        await using var pair = await StackPair.StartAsync(
            new PairOptions { ServerDevice = inner => new DecoratedDevice(inner) { FailDispose = _lost } });

        await pair.Server.DisposeAsync();

        Assert.Same(_lost, await Assert.ThrowsAsync<IOException>(() => pair.Server.Completion.OrFail()));
    }

    [Fact]
    public async Task Two_faults_are_reported_together()
    {
        await using var pair = await StackPair.StartAsync(new PairOptions
        {
            ServerDevice = inner =>
                new DecoratedDevice(inner) { FailRead = _lost, FailDispose = new InvalidDataException() },
        });

        var faults = await Assert.ThrowsAsync<AggregateException>(() => pair.Server.Completion.OrFail());

        Assert.Equal(
            [typeof(IOException), typeof(InvalidDataException)],
            faults.InnerExceptions.Select(fault => fault.GetType()));
    }

    [Fact]
    public async Task A_stack_that_cannot_start_disposes_of_its_device()
    {
        var (inner, _) = InMemoryLink.CreatePair();
        var device = new DecoratedDevice(inner);

        var error = await Assert.ThrowsAsync<ArgumentException>(
            () => UserTcpStack.StartAsync(new UserTcpStackOptions { Device = device, Addresses = [] }).OrFail());

        Assert.Contains("address", error.Message, StringComparison.Ordinal);
        Assert.True(device.IsDisposed);
    }

    private static void BreakAt(DecoratedDevice device, Where where)
    {
        switch (where)
        {
            case Where.Read:
                device.FailRead = _lost;
                break;
            case Where.Write:
                device.FailWrite = _lost;
                break;
            case Where.Wait:
                device.FailWait = _lost;
                break;
        }
    }

    /// <summary>The byte and the fault race to the pending read; later reads must fail.</summary>
    private static async Task ReadToFailureAsync(UserTcpStream stream, Task<int> read)
    {
        await read;
        await stream.CopyToAsync(Stream.Null);
    }

    private static async Task AssertLostAsync(Task task)
    {
        var error = await Assert.ThrowsAsync<IOException>(() => task.OrFail());
        Assert.Same(_lost, error.InnerException);
        Assert.Contains(_lost.Message, error.Message, StringComparison.Ordinal);
    }

    private sealed class ThrowingObserver(Exception fault) : IEngineObserver
    {
        public int Calls { get; private set; }

        public void OnEvent(in TraceEvent traceEvent)
        {
            Calls++;
            throw fault;
        }
    }
}
