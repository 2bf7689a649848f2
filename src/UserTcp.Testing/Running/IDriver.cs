namespace UserTcp.Testing.Running;

/// <summary>Takes a world's steps whenever nothing else runs, until the world has ended.</summary>
internal interface IDriver
{
    /// <summary>Begins; called by a worker of the pool.</summary>
    void Start();

    /// <summary>The world has ended.</summary>
    void Stop();
}
