using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;

namespace UserTcp.AspNetCore.Tests.Kit;

/// <summary>
/// A body of pages that one side writes while the other does not read. Back-pressure stops the writes. The progress of
/// other connections replaces the wall clock, so that a slow machine changes nothing.
/// </summary>
internal sealed class Pages
{
    private const int Count = 24;
    private const int PageLength = 1 << 20;

    /// <summary>Bytes of all pages.</summary>
    public const long Length = (long)Count * PageLength;

    private const string Whole = "whole";

    private static readonly byte[] Page = RandomNumberGenerator.GetBytes(PageLength);

    private readonly Signal _started = new();
    private int _finished;

    /// <summary>The hash of all pages, in hexadecimal.</summary>
    public static string Hash { get; } = HashAll();

    /// <summary>Writes the pages, each with one call.</summary>
    public async Task WriteAsync(Func<ReadOnlyMemory<byte>, Task> write)
    {
        _started.Set();
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

    /// <summary>
    /// Returns "stuck" when no write finishes while another connection carries all pages, and "never stuck" when all
    /// writes finish.
    /// </summary>
    /// <param name="carry">Carries all pages over another connection; returns "whole".</param>
    public async Task<string> WatchAsync(Func<Task<string>> carry)
    {
        await _started.WaitAsync();
        for (var before = -1; ;)
        {
            var finished = Volatile.Read(ref _finished);
            if (finished == Count)
                return "never stuck";
            if (finished == before)
                return "stuck";
            before = finished;
            var outcome = await carry();
            if (outcome != Whole)
                return outcome;
        }
    }

    /// <summary>Reads a response of all pages over a new connection; see <see cref="ReadResponseAsync"/>.</summary>
    public static async Task<string> GetAsync(Site site, string path)
    {
        var client = await site.ConnectAsync();
        await client.GetAsync(path);
        return await ReadResponseAsync(client);
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
                return $"ends {left} bytes early";
            hash.AppendData(buffer, 0, count);
            left -= count;
        }

        return Convert.ToHexString(hash.GetHashAndReset()) == Hash ? Whole : "different";
    }

    /// <summary>Returns "whole" for a response whose body is <see cref="Hash"/>.</summary>
    public static string Describe(Response response) => response.Body == Hash ? Whole : $"{response}";

    private static string HashAll()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var i = 0; i < Count; i++)
            hash.AppendData(Page);
        return Convert.ToHexString(hash.GetHashAndReset());
    }
}
