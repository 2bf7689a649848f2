using System.Net.Sockets;
using System.Security.Cryptography;
using UserTcp.Engine.Contract;
using Xunit;

namespace UserTcp.Kernel.Tests.Kit;

/// <summary>Text for transfers, its hash, and how errors are said.</summary>
internal static class Payload
{
    public static byte[] Random(int length, int seed)
    {
        var octets = new byte[length];
        new Random(seed).NextBytes(octets);
        return octets;
    }

    public static string Hash(byte[] octets) => Convert.ToHexStringLower(SHA256.HashData(octets));

    /// <summary>A kernel socket as a stream, which owns it.</summary>
    public static NetworkStream AsStream(this Socket socket) => new(socket, ownsSocket: true);

    /// <summary>Reads to the end; returns the hash of it all.</summary>
    public static async Task<string> HashToEndAsync(this Stream stream) =>
        Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, TestContext.Current.CancellationToken).OrFail());

    /// <summary>Reads to the end; returns it all.</summary>
    public static async Task<byte[]> ReadToEndAsync(this Stream stream)
    {
        using var all = new MemoryStream();
        await stream.CopyToAsync(all, TestContext.Current.CancellationToken).OrFail();
        return all.ToArray();
    }

    /// <summary>Reads exactly that many octets.</summary>
    public static async Task<byte[]> ReadExactlyAsync(this Stream stream, int length)
    {
        var octets = new byte[length];
        await stream.ReadExactlyAsync(octets, TestContext.Current.CancellationToken).OrFail();
        return octets;
    }

    /// <summary>Writes it all and sends FIN, over the stack.</summary>
    public static async Task SendAllAsync(this UserTcpConnection connection, byte[] octets)
    {
        await connection.GetStream().WriteAsync(octets).OrFail();
        connection.CompleteWrites();
    }

    /// <summary>Writes it all and sends FIN, over the kernel.</summary>
    public static async Task SendAllAsync(this Socket socket, byte[] octets)
    {
        for (var sent = 0; sent < octets.Length;)
            sent += await socket.SendAsync(octets.AsMemory(sent), TestContext.Current.CancellationToken).OrFail();
        socket.Shutdown(SocketShutdown.Send);
    }

    /// <summary>Fails like a stream: an IOException around the code.</summary>
    public static async Task AssertIOAsync(SocketError code, Func<Task> action)
    {
        var error = await Assert.ThrowsAsync<IOException>(action);
        Assert.Equal(code, Assert.IsType<SocketException>(error.InnerException).SocketErrorCode);
    }

    /// <summary>Fails like a socket.</summary>
    public static async Task AssertSocketAsync(SocketError code, Func<Task> action)
    {
        var error = await Assert.ThrowsAsync<SocketException>(action);
        Assert.Equal(code, error.SocketErrorCode);
    }

    /// <summary>The state of a connection, without the rest.</summary>
    public static TcpState State(this UserTcpConnection connection) => connection.GetInfo().State;
}
