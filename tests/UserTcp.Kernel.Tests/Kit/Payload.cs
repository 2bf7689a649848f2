using System.Net.Sockets;
using System.Security.Cryptography;
using UserTcp.Engine.Contract;
using Xunit;

namespace UserTcp.Kernel.Tests.Kit;

/// <summary>Random data for transfers, its hash, and assertions on errors.</summary>
internal static class Payload
{
    public static byte[] Random(int length, int seed)
    {
        var octets = new byte[length];
        new Random(seed).NextBytes(octets);
        return octets;
    }

    public static string Hash(byte[] octets) => Convert.ToHexStringLower(SHA256.HashData(octets));

    /// <summary>A stream that owns a kernel socket.</summary>
    public static NetworkStream AsStream(this Socket socket) => new(socket, ownsSocket: true);

    /// <summary>Reads to the end; returns the hash.</summary>
    public static async Task<string> HashToEndAsync(this Stream stream) =>
        Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, TestContext.Current.CancellationToken).OrFail());

    /// <summary>Reads to the end.</summary>
    public static async Task<byte[]> ReadToEndAsync(this Stream stream)
    {
        using var all = new MemoryStream();
        await stream.CopyToAsync(all, TestContext.Current.CancellationToken).OrFail();
        return all.ToArray();
    }

    /// <summary>Reads a number of octets.</summary>
    public static async Task<byte[]> ReadExactlyAsync(this Stream stream, int length)
    {
        var octets = new byte[length];
        await stream.ReadExactlyAsync(octets, TestContext.Current.CancellationToken).OrFail();
        return octets;
    }

    /// <summary>Writes all data and FIN over the stack.</summary>
    public static async Task SendAllAsync(this UserTcpConnection connection, byte[] octets)
    {
        await connection.GetStream().WriteAsync(octets).OrFail();
        connection.CompleteWrites();
    }

    /// <summary>Writes all data and FIN over the kernel.</summary>
    public static async Task SendAllAsync(this Socket socket, byte[] octets)
    {
        for (var sent = 0; sent < octets.Length;)
            sent += await socket.SendAsync(octets.AsMemory(sent), TestContext.Current.CancellationToken).OrFail();
        socket.Shutdown(SocketShutdown.Send);
    }

    /// <summary>Asserts that a stream's task fails with an IOException around the error.</summary>
    public static async Task AssertIOAsync(SocketError code, Func<Task> action)
    {
        var error = await Assert.ThrowsAsync<IOException>(action);
        Assert.Equal(code, Assert.IsType<SocketException>(error.InnerException).SocketErrorCode);
    }

    /// <summary>Asserts that a socket's task fails with the error.</summary>
    public static async Task AssertSocketAsync(SocketError code, Func<Task> action)
    {
        var error = await Assert.ThrowsAsync<SocketException>(action);
        Assert.Equal(code, error.SocketErrorCode);
    }

    /// <summary>The state of a connection.</summary>
    public static TcpState State(this UserTcpConnection connection) => connection.GetInfo().State;
}
