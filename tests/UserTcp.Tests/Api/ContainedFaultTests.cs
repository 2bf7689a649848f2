using System.Collections.Concurrent;
using System.Net.Sockets;
using UserTcp.Engine;
using UserTcp.Engine.Contract;
using UserTcp.Tests.Api.Kit;
using UserTcp.Wire;
using Xunit;

namespace UserTcp.Tests.Api;

/// <summary>
/// A fault while a connection is handled ends that connection with a clear error; the stack and other connections go
/// on.
/// </summary>
public sealed class ContainedFaultTests
{
    [Fact]
    public async Task Other_connections_go_on()
    {
        var reported = new ConcurrentQueue<UserTcpFault>();
        await using var pair = await StackPair.StartAsync(
            new PairOptions { InlineContinuations = true, FaultContained = reported.Enqueue });
        await using var listener = await pair.ListenAsync();
        var (victim, server) = await pair.ConnectAsync(listener);
        var (other, otherServer) = await pair.ConnectAsync(listener);
        var fault = new InvalidDataException("uncaught");

        await StrikeAsync(victim, server, fault);

        var reset = await Assert.ThrowsAsync<IOException>(() =>
            victim.GetStream().ReadAsync(new byte[1]).AsTask().OrFail());
        Assert.Equal(SocketError.ConnectionReset, Assert.IsType<SocketException>(reset.InnerException).SocketErrorCode);
        var lost = await Assert.ThrowsAsync<IOException>(() =>
            server.GetStream().WriteAsync(new byte[1]).AsTask().OrFail());
        Assert.Same(fault, lost.InnerException);
        Assert.Contains("InvalidDataException: uncaught", lost.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<IOException>(() => server.ReadsClosed.OrFail());

        var data = new byte[300_000];
        var write = other.GetStream().WriteAsync(data).AsTask();
        Assert.Equal(data, await otherServer.GetStream().ReadExactlyAsync(data.Length));
        await write.OrFail();
        Assert.False(pair.Server.Completion.IsCompleted);
        Assert.Equal(1, pair.Server.GetCounters()[Counter.ConnectionFaults]);
        await Until.TrueAsync(() => reported.Count == 1, "the fault is reported");
    }

    [Fact]
    public async Task A_repeated_fault_is_reported_once_and_counted()
    {
        var reported = new ConcurrentQueue<UserTcpFault>();
        await using var pair = await StackPair.StartAsync(
            new PairOptions { InlineContinuations = true, FaultContained = reported.Enqueue });
        await using var listener = await pair.ListenAsync();
        for (var i = 0; i < 3; i++)
        {
            var (client, server) = await pair.ConnectAsync(listener);
            await StrikeAsync(client, server, new InvalidDataException($"number {i}"));
            await Assert.ThrowsAsync<IOException>(() => client.GetStream().ReadAsync(new byte[1]).AsTask().OrFail());
        }

        var fault = Assert.Single(pair.Server.GetFaults());
        await Until.TrueAsync(() => !reported.IsEmpty, "the fault is reported");

        Assert.Same(fault, Assert.Single(reported));
        Assert.Equal((3, "number 0"), (fault.Count, fault.Exception.Message));
        Assert.Contains("UserTcp.", fault.Site, StringComparison.Ordinal);
        Assert.Equal(listener.LocalEndPoint, fault.LocalEndPoint);
        // The handshake, the byte that caused the fault, and the RST; no frame of other connections.
        Assert.InRange(fault.Frames.Count, 5, 64);
        Assert.Equal([false, true, false], fault.Frames.Take(3).Select(frame => frame.IsOutbound));
        Assert.All(fault.Frames, frame => Assert.InRange(frame.Headers.Length, 40, 80));
        Assert.Equal(
            (true, (byte)(TcpFlags.Rst | TcpFlags.Ack)),
            (fault.Frames[^1].IsOutbound, fault.Frames[^1].Headers.Span[33]));
        Assert.Equal(
            (false, fault.Frames[^2].Headers.Length + 1), (fault.Frames[^2].IsOutbound, fault.Frames[^2].Length));
        Assert.True(fault.Frames[^1].Time <= DateTimeOffset.UtcNow
            && fault.Frames[^1].Time >= DateTimeOffset.UtcNow - TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task Without_the_recorder_a_fault_has_no_frames()
    {
        await using var pair = await StackPair.StartAsync(
            new PairOptions { InlineContinuations = true, FlightRecorderFrames = 0 });
        var (client, server) = await pair.ConnectAsync();

        await StrikeAsync(client, server, new InvalidDataException());
        await Until.TrueAsync(() => pair.Server.GetFaults().Count == 1, "the fault is known");

        Assert.Empty(pair.Server.GetFaults()[0].Frames);
    }

    [Fact]
    public async Task Too_many_faults_end_the_stack()
    {
        await using var pair = await StackPair.StartAsync(
            new PairOptions { InlineContinuations = true, MaxConnectionFaults = 1 });
        await using var listener = await pair.ListenAsync();
        var (first, firstServer) = await pair.ConnectAsync(listener);
        var (second, secondServer) = await pair.ConnectAsync(listener);
        var fault = new InvalidDataException("once too often");

        await StrikeAsync(first, firstServer, new InvalidDataException());
        await Assert.ThrowsAsync<IOException>(() => first.GetStream().ReadAsync(new byte[1]).AsTask().OrFail());
        await StrikeAsync(second, secondServer, fault);

        var failure = await Assert.ThrowsAsync<EngineFaultException>(() => pair.Server.Completion.OrFail());
        Assert.Same(fault, failure.InnerException);
    }

    [Fact]
    public async Task With_no_faults_allowed_the_first_one_ends_the_stack()
    {
        await using var pair = await StackPair.StartAsync(
            new PairOptions { InlineContinuations = true, MaxConnectionFaults = 0 });
        var (client, server) = await pair.ConnectAsync();
        var fault = new InvalidDataException();

        await StrikeAsync(client, server, fault);

        Assert.Same(fault, await Assert.ThrowsAsync<InvalidDataException>(() => pair.Server.Completion.OrFail()));
    }

    [Fact]
    public async Task A_recorder_of_invalid_size_is_refused()
    {
        var (device, _) = InMemoryLink.CreatePair();

        var error = await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => UserTcpStack.StartAsync(
            new UserTcpStackOptions { Device = device, Addresses = [StackPair.ServerIPv4], FlightRecorderFrames = -1 })
            .OrFail());

        Assert.Contains(
            "FlightRecorderFrames -1 is not between 0 (none) and 1048576", error.Message, StringComparison.Ordinal);
    }

    /// <summary>A read's continuation runs on the loop's own thread, and throws there.</summary>
    private static async Task StrikeAsync(UserTcpConnection client, UserTcpConnection server, Exception fault)
    {
#pragma warning disable CA2012 // A continuation throws on the loop, not a task.
        var waiting = server.GetStream().ReadAsync(new byte[1]).ConfigureAwait(false).GetAwaiter();
#pragma warning restore CA2012
        Assert.False(waiting.IsCompleted);
        waiting.UnsafeOnCompleted(() => throw fault);
        await client.GetStream().WriteAsync(new byte[1]).OrFail();
    }
}
