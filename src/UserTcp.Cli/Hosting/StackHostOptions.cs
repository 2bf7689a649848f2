using UserTcp.Cli.Services;
using UserTcp.Engine.Contract;
using UserTcp.Hosting;

namespace UserTcp.Cli.Hosting;

/// <summary>What a <see cref="StackHost"/> is made of.</summary>
internal sealed class StackHostOptions
{
    public IReadOnlyList<string> Services { get; init; } = ServiceCatalog.Names;

    public Action<UserTcpOptions> Configure { get; init; } = static _ => { };

    public IEngineObserver? Observer { get; init; }

    public bool Verbose { get; init; }

    /// <summary>SIGINT and SIGTERM end the host; without it somebody else decides.</summary>
    public bool HandlesSignals { get; init; }
}

