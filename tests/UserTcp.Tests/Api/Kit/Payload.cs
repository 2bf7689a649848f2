using System.IO.Pipelines;
using System.Security.Cryptography;
using Xunit;

namespace UserTcp.Tests.Api.Kit;

/// <summary>Data for transfers, and its hash.</summary>
internal static class Payload
{
    public static byte[] Random(int length, int seed)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    public static string Hash(byte[] bytes) => Convert.ToHexString(SHA256.HashData(bytes));

    /// <summary>Reads to the end; returns the hash of all data.</summary>
    public static async Task<string> HashToEndAsync(this Stream stream) =>
        Convert.ToHexString(
            await SHA256.HashDataAsync(stream, TestContext.Current.CancellationToken).AsTask().OrFail());

    /// <summary>Reads to the end; returns all data.</summary>
    public static async Task<byte[]> ReadToEndAsync(this Stream stream)
    {
        using var all = new MemoryStream();
        await stream.CopyToAsync(all, TestContext.Current.CancellationToken).OrFail();
        return all.ToArray();
    }

    /// <summary>Reads exactly so many bytes.</summary>
    public static async Task<byte[]> ReadExactlyAsync(this Stream stream, int length)
    {
        var bytes = new byte[length];
        await stream.ReadExactlyAsync(bytes, TestContext.Current.CancellationToken).OrFail();
        return bytes;
    }

    /// <summary>Reads so many bytes or more without consuming any.</summary>
    public static async Task<ReadResult> PeekAsync(this PipeReader reader, int length)
    {
        var result = await reader.ReadAtLeastAsync(length, TestContext.Current.CancellationToken).OrFail();
        Assert.True(result.Buffer.Length >= length);
        return result;
    }
}
