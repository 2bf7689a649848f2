namespace FourBugs.Cache;

/// <summary>Answers each line with its value, on one connection.</summary>
internal static class CacheServer
{
    public static async Task ServeAsync(Stream stream)
    {
        await using var closing = stream;
        using var reader = new StreamReader(stream);
        await using var writer = new StreamWriter(stream) { AutoFlush = true, NewLine = "\n" };
        while (await reader.ReadLineAsync() is { } key)
            await writer.WriteLineAsync($"value of {key}");
    }
}
