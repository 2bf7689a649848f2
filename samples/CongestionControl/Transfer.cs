using System.Diagnostics;
using System.Net;
using UserTcp;
using UserTcp.Engine.Contract;
using UserTcp.Impairment;

namespace DelayBased;

/// <summary>The result of a transfer over a bottleneck.</summary>
/// <param name="Name">The congestion control.</param>
/// <param name="Duration">How long it took.</param>
/// <param name="QueueingDelay">The mean of what the queue added to the RTT.</param>
/// <param name="Window">The mean of cwnd in bytes.</param>
/// <param name="Retransmissions">Segments retransmitted.</param>
public sealed record Transfer(
    string Name, TimeSpan Duration, TimeSpan QueueingDelay, long Window, long Retransmissions)
{
    /// <summary>The bytes of a transfer.</summary>
    public const int Length = 4 << 20;

    /// <summary>16 Mbit/s and an RTT of 10 ms: 20 kB fill the path. The queue holds 100 ms.</summary>
    private static readonly LinkImpairment Forth = LinkImpairment.Parse("rate=16mbit,delay=5ms,queue=140");
    private static readonly LinkImpairment Back = LinkImpairment.Parse("delay=5ms");

    private static readonly IPEndPoint Server = new(IPAddress.Parse("192.0.2.1"), 9);

    /// <summary>
    /// Sends <see cref="Length"/> bytes over a bottleneck of its own; null for the default congestion control.
    /// </summary>
    public static async Task<Transfer> RunAsync(CongestionControlFactory? control)
    {
        var (near, far) = InMemoryLink.CreatePair();
        await using var server = await UserTcpStack.StartAsync(new() { Device = far, Addresses = [Server.Address] });
        await using var client = await UserTcpStack.StartAsync(new()
        {
            Device = new ImpairedDevice(near, Forth, Back),
            Addresses = [IPAddress.Parse("192.0.2.2")],
        });
        await using var listener = await server.ListenAsync(Server);
        var reading = CountAsync(listener);
        await using var connection = await client.ConnectAsync(
            new UserTcpConnectionOptions { RemoteEndPoint = Server, CustomCongestionControl = control });

        var start = Stopwatch.GetTimestamp();
        var writing = WriteAsync(connection.GetStream());
        var samples = new List<ConnectionSnapshot>();
        while (!reading.IsCompleted)
        {
            var info = connection.GetInfo();
            if (info.SmoothedRtt > TimeSpan.Zero && info.FlightSize > 0)
                samples.Add(info);
            await Task.WhenAny(reading, Task.Delay(10));
        }

        await writing;
        if (await reading != Length)
            throw new IOException($"{await reading} bytes have arrived, and not {Length}.");
        return new Transfer(
            samples[^1].CongestionControl!,
            Stopwatch.GetElapsedTime(start),
            TimeSpan.FromTicks((long)samples.Average(info => (info.SmoothedRtt - info.MinRtt).Ticks)),
            (long)samples.Average(info => info.CongestionWindow),
            samples[^1].Retransmissions);
    }

    private static async Task WriteAsync(UserTcpStream stream)
    {
        await stream.WriteAsync(new byte[Length]);
        stream.CompleteWrites();
    }

    private static async Task<long> CountAsync(UserTcpListener listener)
    {
        await using var connection = await listener.AcceptConnectionAsync();
        await using var stream = connection.GetStream();
        var buffer = new byte[1 << 16];
        var total = 0L;
        while (await stream.ReadAsync(buffer) is > 0 and var count)
            total += count;
        return total;
    }
}
