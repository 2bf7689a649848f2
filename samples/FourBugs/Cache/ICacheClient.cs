namespace FourBugs.Cache;

/// <summary>Reads from the cache.</summary>
internal interface ICacheClient : IAsyncDisposable
{
    /// <summary>The value of a key. Fails when the cache cannot be reached in three attempts.</summary>
    Task<string> GetAsync(string key);
}
