using System.Net;
using System.Net.Sockets;
using UserTcp.Engine.Contract;
using UserTcp.Tests.Api.Kit;
using Xunit;

namespace UserTcp.Tests.Api;

/// <summary>Errors have the codes of sockets.</summary>
public sealed class ErrorTests
{
    public static TheoryData<EngineError, SocketError> Codes => new()
    {
        { EngineError.None, SocketError.Success },
        { EngineError.ConnectionRefused, SocketError.ConnectionRefused },
        { EngineError.ConnectionReset, SocketError.ConnectionReset },
        { EngineError.ConnectionAborted, SocketError.ConnectionAborted },
        { EngineError.TimedOut, SocketError.TimedOut },
        { EngineError.HostUnreachable, SocketError.HostUnreachable },
        { EngineError.NetworkUnreachable, SocketError.NetworkUnreachable },
        { EngineError.AddressInUse, SocketError.AddressAlreadyInUse },
        { EngineError.AddressNotAvailable, SocketError.AddressNotAvailable },
        { EngineError.AddressInvalid, SocketError.InvalidArgument },
        { EngineError.TooManyConnections, SocketError.NoBufferSpaceAvailable },
        { EngineError.OutOfMemory, SocketError.NoBufferSpaceAvailable },
        { EngineError.MessageTooLong, SocketError.MessageSize },
        { EngineError.WouldBlock, SocketError.WouldBlock },
        { EngineError.InternalFault, SocketError.ConnectionAborted },
    };

    [Theory]
    [MemberData(nameof(Codes))]
    public void Every_error_of_the_engine_has_a_code(EngineError error, SocketError code)
    {
        Assert.Equal(code, UserTcpError.ToSocketError(error));
        Assert.Equal(code, UserTcpError.ToException(error).SocketErrorCode);
        Assert.Equal(
            code, Assert.IsType<SocketException>(UserTcpError.ToIOException(error).InnerException).SocketErrorCode);
    }

    [Fact]
    public void The_table_has_every_error_of_the_engine() =>
        Assert.Equal(Enum.GetValues<EngineError>(), Codes.Select(row => row.Data.Item1));

    [Fact]
    public async Task A_closed_port_refuses()
    {
        await using var pair = await StackPair.StartAsync();

        var error = await ErrorAssert.AssertSocketAsync(
            SocketError.ConnectionRefused,
            () => pair.Client.ConnectAsync(new IPEndPoint(StackPair.ServerIPv4, 81)).OrFail());

        Assert.Contains("198.18.0.2:81", error.Message, StringComparison.Ordinal);
        await pair.NothingLeftAsync();
    }

    [Fact]
    public async Task A_silent_address_times_out()
    {
        var (device, _) = InMemoryLink.CreatePair();
        await using var stack = await UserTcpStack.StartAsync(new UserTcpStackOptions
        {
            Device = device,
            Addresses = [StackPair.ClientIPv4],
            Engine = new EngineOptions
            {
                ConnectTimeout = TimeSpan.FromMilliseconds(100),
                InitialRto = TimeSpan.FromMilliseconds(20),
                MinRto = TimeSpan.FromMilliseconds(20),
            },
        });

        await ErrorAssert.AssertSocketAsync(
            SocketError.TimedOut, () => stack.ConnectAsync(new IPEndPoint(StackPair.ServerIPv4, 80)).OrFail());
    }

    [Fact]
    public async Task A_family_that_the_stack_does_not_have_is_not_supported()
    {
        var (device, _) = InMemoryLink.CreatePair();
        await using var stack = await StackPair.StartAsync(device, [StackPair.ClientIPv4], new PairOptions());

        await ErrorAssert.AssertSocketAsync(
            SocketError.AddressFamilyNotSupported,
            () => stack.ConnectAsync(new IPEndPoint(StackPair.ServerIPv6, 80)).OrFail());
    }

    [Theory]
    [InlineData("0.0.0.0", 80)]
    [InlineData("224.0.0.1", 80)]
    [InlineData("255.255.255.255", 80)]
    [InlineData("198.18.0.2", 0)]
    public async Task Invalid_remote_end_points_are_refused(string address, int port)
    {
        await using var pair = await StackPair.StartAsync();

        await ErrorAssert.AssertSocketAsync(
            SocketError.InvalidArgument,
            () => pair.Client.ConnectAsync(new IPEndPoint(IPAddress.Parse(address), port)).OrFail());
    }

    [Fact]
    public async Task A_port_can_be_listened_on_once()
    {
        await using var pair = await StackPair.StartAsync();
        await using var listener = await pair.ListenAsync(port: 80);

        await ErrorAssert.AssertSocketAsync(SocketError.AddressAlreadyInUse, () => pair.ListenAsync(port: 80));
    }

    [Fact]
    public async Task A_foreign_address_is_not_available()
    {
        await using var pair = await StackPair.StartAsync();

        await ErrorAssert.AssertSocketAsync(
            SocketError.AddressNotAvailable,
            () => pair.Client.ListenAsync(new IPEndPoint(StackPair.ServerIPv4, 80)).OrFail());
        await ErrorAssert.AssertSocketAsync(
            SocketError.AddressNotAvailable,
            () => pair.Client.ConnectAsync(new UserTcpConnectionOptions
            {
                RemoteEndPoint = new IPEndPoint(StackPair.ServerIPv4, 80),
                LocalEndPoint = new IPEndPoint(IPAddress.Parse("198.18.0.77"), 0),
            }).OrFail());
    }

    [Fact]
    public async Task A_reset_fails_pending_and_later_reads_and_writes()
    {
        await using var pair = await StackPair.StartAsync();
        var (client, server) = await pair.ConnectAsync();
        var read = server.GetStream().ReadAsync(new byte[1]).OrFail();

        client.Abort();

        await ErrorAssert.AssertIOAsync(SocketError.ConnectionReset, () => read);
        await ErrorAssert.AssertIOAsync(
            SocketError.ConnectionReset, () => server.GetStream().ReadAsync(new byte[1]).OrFail());
        await ErrorAssert.AssertIOAsync(
            SocketError.ConnectionReset, () => server.GetStream().WriteAsync(new byte[1]).OrFail());
        await ErrorAssert.AssertIOAsync(SocketError.ConnectionReset, () => server.ReadsClosed.OrFail());
        await ErrorAssert.AssertIOAsync(SocketError.ConnectionReset, () => server.WritesClosed.OrFail());
        Assert.True((await server.Transport.Output.FlushAsync()).IsCompleted);
        Assert.True(server.ConnectionClosed.IsCancellationRequested);
    }

    [Fact]
    public async Task Data_before_the_reset_can_still_be_read()
    {
        await using var pair = await StackPair.StartAsync();
        var (client, server) = await pair.ConnectAsync();
        await client.GetStream().WriteAsync("last words"u8.ToArray());
        await server.Transport.Input.PeekAsync(10).ContinueWith(
            peek => server.Transport.Input.AdvanceTo(peek.Result.Buffer.Start), TaskScheduler.Default);

        client.Abort();
        await Until.TrueAsync(() => server.ConnectionClosed.IsCancellationRequested, "the reset has arrived");

        Assert.Equal("last words"u8.ToArray(), await server.GetStream().ReadExactlyAsync(10));
        await ErrorAssert.AssertIOAsync(
            SocketError.ConnectionReset, () => server.GetStream().ReadAsync(new byte[1]).OrFail());
    }

    [Fact]
    public async Task Aborting_ends_pending_reads_and_writes()
    {
        await using var pair = await StackPair.StartAsync();
        var (client, _) = await pair.ConnectAsync();
        var read = client.GetStream().ReadAsync(new byte[1]).OrFail();

        client.GetStream().Abort();

        await ErrorAssert.AssertIOAsync(SocketError.ConnectionAborted, () => read);
        await ErrorAssert.AssertIOAsync(
            SocketError.ConnectionAborted, () => client.GetStream().WriteAsync(new byte[1]).OrFail());
        await ErrorAssert.AssertIOAsync(SocketError.ConnectionAborted, () => client.ReadsClosed.OrFail());
        await pair.NothingLeftAsync();
    }

    [Fact]
    public async Task Completing_the_output_with_an_exception_resets()
    {
        await using var pair = await StackPair.StartAsync();
        var (client, server) = await pair.ConnectAsync();

        await client.Transport.Output.CompleteAsync(new InvalidDataException());

        await ErrorAssert.AssertIOAsync(
            SocketError.ConnectionReset, () => server.GetStream().ReadAsync(new byte[1]).OrFail());
    }

    [Fact]
    public async Task Closing_with_unread_data_sends_what_was_written_and_FIN_then_resets()
    {
        await using var pair = await StackPair.StartAsync();
        var (client, server) = await pair.ConnectAsync();
        await client.GetStream().WriteAsync(new byte[100]);
        await Until.TrueAsync(() => server.GetInfo().ReceiveQueue == 100, "the data has arrived");

        await server.GetStream().WriteAsync("bye"u8.ToArray());
        await server.DisposeAsync();

        Assert.Equal("bye"u8.ToArray(), await client.GetStream().ReadToEndAsync());
        await ErrorAssert.AssertIOAsync(SocketError.ConnectionReset, () => client.WritesClosed.OrFail());
        await pair.NothingLeftAsync();
    }

    [Fact]
    public async Task Closing_with_all_data_read_does_not_reset()
    {
        await using var pair = await StackPair.StartAsync();
        var (client, server) = await pair.ConnectAsync();
        await client.GetStream().WriteAsync(new byte[100]);
        await server.GetStream().ReadExactlyAsync(100);
        await server.GetStream().WriteAsync("bye"u8.ToArray());

        await server.DisposeAsync();

        Assert.Equal("bye"u8.ToArray(), await client.GetStream().ReadToEndAsync());
    }

    [Fact]
    public async Task Writing_to_a_peer_that_closed_resets()
    {
        await using var pair = await StackPair.StartAsync();
        var (client, server) = await pair.ConnectAsync();
        await server.DisposeAsync();
        Assert.Equal(0, await client.GetStream().ReadAsync(new byte[1]).OrFail());

        await client.GetStream().WriteAsync(new byte[1]).OrFail();

        await Until.TrueAsync(() => client.ConnectionClosed.IsCancellationRequested, "the peer has reset");
        await ErrorAssert.AssertIOAsync(
            SocketError.ConnectionReset, () => client.GetStream().WriteAsync(new byte[1]).OrFail());
    }
}
