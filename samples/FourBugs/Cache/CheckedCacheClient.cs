namespace FourBugs.Cache;

/// <summary>As <see cref="PooledCacheClient"/>, repaired: a connection on which a request failed is closed.</summary>
internal sealed class CheckedCacheClient(Func<Task<Stream>> connect, TimeProvider time) : ICacheClient
{
    private readonly Stack<CacheConnection> _idle = new();

    public Task<string> GetAsync(string key) => Retry.RunAsync(() => GetOnceAsync(key), time);

    public async ValueTask DisposeAsync()
    {
        while (_idle.TryPop(out var connection))
            await connection.DisposeAsync();
    }

    private async Task<string> GetOnceAsync(string key)
    {
        if (!_idle.TryPop(out var connection))
            connection = new CacheConnection(await connect());
        try
        {
            var value = await connection.GetAsync(key);
            _idle.Push(connection);
            return value;
        }
        catch (IOException)
        {
            await connection.DisposeAsync();
            throw;
        }
    }
}
