using System.Diagnostics;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using UserTcp.Kernel.Tests.Kit;
using Xunit;

namespace UserTcp.Kernel.Tests.Programs;

/// <summary>`usertcp up` ends on each of its signals. Not in parallel, since it measures time.</summary>
[Collection("Alone")]
public sealed class SignalTests(RunningStack stack) : IClassFixture<RunningStack>
{
    private const int Echo = 7;
    private const int Chargen = 19;
    private static readonly TimeSpan Shutdown = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Startup = TimeSpan.FromSeconds(2);

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    public async Task A_signal_during_a_transfer_ends_it_in_order(string signal)
    {
        await using var other = new RunningStack();
        await other.InitializeAsync();
        using var socket = await ConnectAsync(other, Chargen);
        var buffer = new byte[1 << 20];
        Assert.NotEqual(0, await socket.ReceiveAsync(buffer).OrFail());
        var started = Stopwatch.GetTimestamp();

        other.Process.Signal(signal);
        var ending = other.Process.EndAsync();
        await ReadToTheEndAsync(socket, buffer);
        var result = await ending;

        Assert.Equal(0, result.ExitCode);
        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.Zero, Shutdown);
        Assert.DoesNotContain("ut0", Interfaces(other));
    }

    [Fact]
    public async Task After_a_kill_the_next_one_starts_at_once_and_resets_unknown_connections()
    {
        using var socket = await ConnectAsync(stack, Echo);
        await socket.SendAsync(new byte[10]).OrFail();
        Assert.NotEqual(0, await socket.ReceiveAsync(new byte[10]).OrFail());
        var fastest = TimeSpan.MaxValue;

        // The best of three counts, since the machine may be busy.
        for (var attempt = 0; attempt < 3 && fastest > Startup; attempt++)
        {
            stack.Process.Signal("KILL");
            Assert.Equal(128 + 9, (await stack.Process.EndAsync()).ExitCode);
            Assert.DoesNotContain("ut0", Interfaces(stack));
            var started = Stopwatch.GetTimestamp();
            stack.Replace(stack.Start());
            Assert.StartsWith("ready ", await stack.Process.FirstLineAsync(), StringComparison.Ordinal);
            var time = Stopwatch.GetElapsedTime(started);
            fastest = time < fastest ? time : fastest;
        }

        Assert.InRange(fastest, TimeSpan.Zero, Startup);
        await socket.SendAsync(new byte[10]).OrFail();
        await Payload.AssertSocketAsync(SocketError.ConnectionReset, () => socket.ReceiveAsync(new byte[10]).OrFail());
        using var next = await ConnectAsync(stack, Echo);
    }

    private static async Task<Socket> ConnectAsync(RunningStack stack, int port)
    {
        var socket = stack.Network.NewSocket(AddressFamily.InterNetwork);
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Parse("198.18.0.2"), port)).OrFail();
        return socket;
    }

    /// <summary>Reads until FIN or RST.</summary>
    private static async Task ReadToTheEndAsync(Socket socket, byte[] buffer)
    {
        try
        {
            while (await socket.ReceiveAsync(buffer).OrFail() > 0)
            {
                // Data in flight.
            }
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionReset)
        {
            // A RST ends it too: the service had not finished.
        }
    }

    private static string[] Interfaces(RunningStack stack) =>
        stack.Network.Inside(() => NetworkInterface.GetAllNetworkInterfaces().Select(found => found.Name).ToArray());
}
