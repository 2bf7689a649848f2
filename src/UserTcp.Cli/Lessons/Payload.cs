using System.Net.Sockets;
using System.Security.Cryptography;

namespace UserTcp.Cli.Lessons;

/// <summary>Data that lessons send, and its hash.</summary>
internal static class Payload
{
    private const int BufferLength = 16 << 10;

    /// <summary>Bytes whose order matters: each depends on its place.</summary>
    public static byte[] Of(int length)
    {
        var data = new byte[length];
        for (var i = 0; i < length; i++)
            data[i] = (byte)((i * 7) + (i / 251));
        return data;
    }

    /// <summary>The first eight digits of the SHA-256 of data.</summary>
    public static string Hash(ReadOnlySpan<byte> data) => Convert.ToHexStringLower(SHA256.HashData(data))[..8];

    /// <summary>Reads up to the end of the stream.</summary>
    public static async Task<byte[]> ReadToEndAsync(Stream stream, CancellationToken cancellationToken)
    {
        using var all = new MemoryStream();
        await stream.CopyToAsync(all, cancellationToken);
        return all.ToArray();
    }

    /// <summary>Reads up to the peer's FIN.</summary>
    public static async Task<byte[]> ReadToEndAsync(Socket socket, CancellationToken cancellationToken)
    {
        using var all = new MemoryStream();
        var buffer = new byte[BufferLength];
        while (await socket.ReceiveAsync(buffer, cancellationToken) is > 0 and var count)
            all.Write(buffer, 0, count);
        return all.ToArray();
    }

    /// <summary>Reads so many bytes.</summary>
    public static async Task<byte[]> ReadAsync(Socket socket, int length, CancellationToken cancellationToken)
    {
        var (data, filled) = (new byte[length], 0);
        while (filled < length)
        {
            var count = await socket.ReceiveAsync(data.AsMemory(filled), cancellationToken);
            if (count == 0)
                throw new EndOfStreamException($"The peer has closed after {filled} of {length} bytes.");
            filled += count;
        }

        return data;
    }

    /// <summary>Writes all of the data.</summary>
    public static async Task SendAsync(
        Socket socket, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        while (data.Length > 0)
            data = data[await socket.SendAsync(data, cancellationToken)..];
    }
}
