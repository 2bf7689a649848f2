namespace FourBugs.Cache;

/// <summary>A connection to the cache: one request at a time.</summary>
internal sealed class CacheConnection(Stream stream) : IAsyncDisposable
{
    private readonly StreamReader _reader = new(stream);
    private readonly StreamWriter _writer = new(stream) { AutoFlush = true, NewLine = "\n" };

    public async Task<string> GetAsync(string key)
    {
        await _writer.WriteLineAsync(key);
        return await _reader.ReadLineAsync() ?? throw new EndOfStreamException("The cache has closed the connection.");
    }

    public ValueTask DisposeAsync() => stream.DisposeAsync();
}
