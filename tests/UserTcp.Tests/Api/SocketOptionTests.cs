using System.Net;
using System.Net.Sockets;
using System.Text;
using UserTcp.Engine.Contract;
using UserTcp.Tests.Api.Kit;
using Xunit;

namespace UserTcp.Tests.Api;

/// <summary>Socket options: set at the open, read and changed on the connection, and effective.</summary>
public sealed class SocketOptionTests
{
    [Fact]
    public async Task Options_of_the_open_are_those_of_the_connection()
    {
        await using var pair = await StackPair.StartAsync();
        await using var listener = await pair.Server.ListenAsync(new UserTcpListenerOptions
        {
            ListenEndPoint = new IPEndPoint(StackPair.ServerIPv4, 0),
            KeepAlive = true,
            KeepAliveTime = TimeSpan.FromMinutes(1),
            KeepAliveInterval = TimeSpan.FromSeconds(2),
            KeepAliveRetryCount = 4,
            UserTimeout = TimeSpan.FromSeconds(20),
            LingerState = new LingerOption(true, 3),
            TypeOfService = 0xB8,
            Ttl = 9,
            CongestionControl = CongestionAlgorithm.NewReno,
        });
        var (client, server) = await pair.ConnectAsync(listener);

        Assert.Equal(
            (true, TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(2), 4),
            (server.KeepAlive, server.KeepAliveTime, server.KeepAliveInterval, server.KeepAliveRetryCount));
        Assert.Equal(
            (TimeSpan.FromSeconds(20), (byte)0xB8, (byte?)9), (server.UserTimeout, server.TypeOfService, server.Ttl));
        Assert.Equal(
            ("newreno", "cubic"),
            (server.GetInfo().CongestionControl, client.GetInfo().CongestionControl));
        Assert.Equal((true, 3), (server.LingerState.Enabled, server.LingerState.LingerTime));
        Assert.Equal((false, false, null), (client.KeepAlive, client.LingerState.Enabled, client.UserTimeout));
    }

    [Fact]
    public async Task Buffer_sizes_are_those_in_effect()
    {
        await using var pair = await StackPair.StartAsync();
        await using var listener = await pair.ListenAsync();
        var accept = listener.AcceptConnectionAsync().OrFail();
        var client = await pair.Client.ConnectAsync(new UserTcpConnectionOptions
        {
            RemoteEndPoint = listener.LocalEndPoint,
            ReceiveBufferSize = 30_000,
            SendBufferSize = 20_000,
        }).OrFail();
        var server = await accept;
        Assert.Equal((30_000, 20_000), (client.ReceiveBufferSize, client.SendBufferSize));
        var initial = server.ReceiveBufferSize;
        Assert.Equal(new EngineOptions().InitialReceiveBufferSize, initial);

        var sending = client.GetStream().WriteAsync(new byte[2_000_000]).AsTask();
        await server.GetStream().ReadExactlyAsync(2_000_000);
        await sending.OrFail();
        await server.DisposeAsync();
        await client.DisposeAsync();

        await Until.TrueAsync(() => (client.ReceiveBufferSize, client.SendBufferSize) == (0, 0));
    }

    [Fact]
    public async Task Changed_options_reach_the_engine()
    {
        await using var pair = await StackPair.StartAsync();
        var (client, _) = await pair.ConnectAsync();

        client.KeepAlive = true;
        client.TypeOfService = 0x20;
        client.UserTimeout = TimeSpan.FromSeconds(7);

        var options = client.GetInfo().Options!;
        Assert.Equal(
            (true, (byte)0x20, TimeSpan.FromSeconds(7)),
            (options.KeepAlive, options.TrafficClass, options.UserTimeout));
    }

    [Fact]
    public async Task Invalid_values_are_refused_by_name()
    {
        await using var pair = await StackPair.StartAsync();
        var (client, _) = await pair.ConnectAsync();

        Assert.Contains(
            "KeepAliveTime",
            Assert.Throws<ArgumentOutOfRangeException>(() => client.KeepAliveTime = TimeSpan.Zero).Message,
            StringComparison.Ordinal);
        var options = new UserTcpConnectionOptions
        {
            RemoteEndPoint = new IPEndPoint(StackPair.ServerIPv4, 1),
            Ttl = 0,
        };
        Assert.Contains("HopLimit", (await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() =>
            pair.Client.ConnectAsync(options).AsTask())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lingering_for_no_time_resets()
    {
        await using var pair = await StackPair.StartAsync();
        var (client, server) = await pair.ConnectAsync();

        client.LingerState = new LingerOption(true, 0);
        await client.DisposeAsync();

        await ErrorAssert.AssertIOAsync(
            SocketError.ConnectionReset, () => server.GetStream().ReadAsync(new byte[1]).OrFail());
        Assert.Equal(1, pair.Client.GetCounters()[Counter.ResetsSent]);
    }

    [Fact]
    public async Task Disposing_of_the_stream_lingers_as_well()
    {
        await using var pair = await StackPair.StartAsync(new PairOptions { BufferSize = 64 << 10 });
        var (client, server) = await pair.ConnectAsync();
        client.LingerState = new LingerOption(true, 30);
        var write = client.GetStream().WriteAsync(new byte[60 << 10]).OrFail();
        await write;
        await Until.TrueAsync(() => server.GetInfo().ReceiveQueue == 60 << 10, "all has arrived");
        await client.GetStream().WriteAsync(new byte[30 << 10]).OrFail();

        var disposal = client.GetStream().DisposeAsync();

        Assert.False(disposal.IsCompleted);
        Assert.Equal(90 << 10, (await server.GetStream().ReadToEndAsync()).Length);
        await disposal.OrFail();
        Assert.True(client.WritesClosed.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Lingering_disposes_when_the_peer_has_everything()
    {
        await using var pair = await StackPair.StartAsync();
        var (client, server) = await pair.ConnectAsync();
        client.LingerState = new LingerOption(true, 30);
        await client.GetStream().WriteAsync(new byte[100_000]);

        await client.DisposeAsync().OrFail();

        Assert.Equal(100_000, (await server.GetStream().ReadToEndAsync()).Length);
    }

    [Fact]
    public async Task Urgent_data_is_announced_and_stays_inline()
    {
        await using var pair = await StackPair.StartAsync();
        var (client, server) = await pair.ConnectAsync();
        var announced = new TaskCompletionSource<object?>(TaskCreationOptions.RunContinuationsAsynchronously);
        server.UrgentReceived += (sender, _) => announced.TrySetResult(sender);

        await client.GetStream().WriteAsync("calm "u8.ToArray());
        await client.WriteUrgentAsync("hurry"u8.ToArray());
        client.CompleteWrites();

        Assert.Same(server, await announced.Task.OrFail());
        Assert.Equal("calm hurry"u8.ToArray(), await server.GetStream().ReadToEndAsync());
    }

    [Fact]
    public async Task Urgent_data_does_not_wait_for_room_behind_a_write_that_does()
    {
        await using var pair = await StackPair.StartAsync(new PairOptions { BufferSize = 64 << 10 });
        var (client, server) = await pair.ConnectAsync();
        var announced = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        server.UrgentReceived += (_, _) => announced.TrySetResult();
        var (length, isStuck) = (0, false);
        ValueTask write = default;
        while (!isStuck)
        {
            await write;
            write = client.GetStream().WriteAsync(new byte[1 << 10]);
            length += 1 << 10;
            // The transfer stalls when the peer's buffer is full and all data in it is acknowledged.
            await Until.TrueAsync(
                () => write.IsCompleted || client.GetInfo().DataAcknowledged == 64 << 10, "the peer's buffer is full");
            isStuck = !write.IsCompleted;
        }

        await client.WriteUrgentAsync("hurry"u8.ToArray());
        var behind = client.GetStream().WriteAsync("last"u8.ToArray());
        Assert.False(write.IsCompleted);

        var received = server.GetStream().ReadToEndAsync();
        await write.OrFail();
        await behind.OrFail();
        client.CompleteWrites();
        // Urgent data comes before what the write has not copied yet, and the next write after both.
        var text = Encoding.ASCII.GetString(await received);
        Assert.Equal(length + 9, text.Length);
        Assert.Contains("hurry", text, StringComparison.Ordinal);
        Assert.EndsWith("last", text, StringComparison.Ordinal);
        await announced.Task.OrFail();
    }
}
