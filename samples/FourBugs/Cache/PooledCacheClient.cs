namespace FourBugs.Cache;

/// <summary>
/// Keeps connections to the cache, and tries three times. The bug: a connection goes back to the pool however the
/// request has ended. Once the server has restarted, each attempt gets the same dead one.
/// </summary>
internal sealed class PooledCacheClient(Func<Task<Stream>> connect, TimeProvider time) : ICacheClient
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
            return await connection.GetAsync(key);
        }
        finally
        {
            _idle.Push(connection);
        }
    }
}
