using UserTcp.Cli.Lab;
using UserTcp.Cli.Services;
using UserTcp.Engine.Contract;
using UserTcp.Hosting;

namespace UserTcp.Cli.Hosting;

/// <summary>The options of a <see cref="StackHost"/>.</summary>
internal sealed class StackHostOptions
{
    public IReadOnlyList<string> Services { get; init; } = ServiceCatalog.Names;

    public Action<UserTcpOptions> Configure { get; init; } = static _ => { };

    public IEngineObserver? Observer { get; init; }

    /// <summary>Opens the device; null for a TUN device as it is.</summary>
    public DeviceFactory? OpenDevice { get; init; }

    /// <summary>The live page; null for none. The host disposes of it.</summary>
    public LabPage? Page { get; init; }

    public bool Verbose { get; init; }

    /// <summary>SIGINT and SIGTERM end the host. When false, the command handles them.</summary>
    public bool HandlesSignals { get; init; }
}

