using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;

namespace UserTcp.AspNetCore.Tests.Kit;

/// <summary>
/// A body of pages that one side writes while the other does not read. Back-pressure stops the writes. Without it they
/// all finish before another connection, which starts later, has carried as much.
/// </summary>
internal sealed class Pages
{
    private const int Count = 24;
    private const int PageLength = 1 << 20;

    /// <summary>Bytes of all pages.</summary>
    public const long Length = (long)Count * PageLength;

    private static readonly byte[] Page = RandomNumberGenerator.GetBytes(PageLength);

    private int _finished;

    /// <summary>The hash of all pages, in hexadecimal.</summary>
    public static string Hash { get; } = HashAll();

    /// <summary>Set when the first write begins.</summary>
    public Signal Started { get; } = new();

    /// <summary>"stuck" while some writes have not finished.</summary>
    public string State => Volatile.Read(ref _finished) < Count ? "stuck" : "never stuck";

    /// <summary>Writes the pages, each with one call.</summary>
    public async Task WriteAsync(Func<ReadOnlyMemory<byte>, Task> write)
    {
        Started.Set();
        for (var i = 0; i < Count; i++)
        {
            await write(Page);
            Interlocked.Increment(ref _finished);
        }
    }

    /// <summary>Writes the pages as the body of a response.</summary>
    public Task WriteAsync(HttpContext context)
    {
        context.Response.ContentLength = Length;
        return WriteAsync(page => context.Response.Body.WriteAsync(page).AsTask());
    }

    /// <summary>Reads a response of all pages; returns "whole" when they are as they were written.</summary>
    public static async Task<string> ReadResponseAsync(Client client)
    {
        await client.ReadThroughAsync("\r\n\r\n");
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var unread = client.TakeUnread();
        hash.AppendData(unread);
        var left = Length - unread.Length;
        for (var buffer = new byte[PageLength]; left > 0;)
        {
            var count = await client.Stream.ReadAsync(buffer).OrFail();
            if (count == 0)
                return $"{left} bytes missing";
            hash.AppendData(buffer, 0, count);
            left -= count;
        }

        return Convert.ToHexString(hash.GetHashAndReset()) == Hash ? "whole" : "different";
    }

    private static string HashAll()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var i = 0; i < Count; i++)
            hash.AppendData(Page);
        return Convert.ToHexString(hash.GetHashAndReset());
    }
}
