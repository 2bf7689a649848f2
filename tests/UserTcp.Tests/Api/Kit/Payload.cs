using System.IO.Pipelines;
using System.Security.Cryptography;
using Xunit;

namespace UserTcp.Tests.Api.Kit;

/// <summary>Text for transfers, and its hash.</summary>
internal static class Payload
{
    public static byte[] Random(int length, int seed)
    {
        var octets = new byte[length];
        new Random(seed).NextBytes(octets);
        return octets;
    }

    public static string Hash(byte[] octets) => Convert.ToHexString(SHA256.HashData(octets));

    /// <summary>Reads to the end; returns the hash of it all.</summary>
    public static async Task<string> HashToEndAsync(this Stream stream) =>
        Convert.ToHexString(await SHA256.HashDataAsync(stream, TestContext.Current.CancellationToken).AsTask().OrFail());

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

    /// <summary>Reads at least that many octets without consuming any.</summary>
    public static async Task<ReadResult> PeekAsync(this PipeReader reader, int length)
    {
        var result = await reader.ReadAtLeastAsync(length, TestContext.Current.CancellationToken).OrFail();
        Assert.True(result.Buffer.Length >= length);
        return result;
    }
}
