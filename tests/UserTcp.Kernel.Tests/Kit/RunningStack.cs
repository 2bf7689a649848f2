using System.Net;
using Xunit;

namespace UserTcp.Kernel.Tests.Kit;

/// <summary>`usertcp up` as a child with all services, in a private network: one for all tests of a class.</summary>
public sealed class RunningStack : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private Child? _up;

    internal PrivateNetwork Network { get; } = new();

    internal string this[string file] => _folder[file];

    internal Child Process => _up!;

    public async ValueTask InitializeAsync()
    {
        _up = Start();
        Assert.StartsWith("ready ut0 198.18.0.2 2001:db8:75::2 ", await _up.FirstLineAsync(), StringComparison.Ordinal);
    }

    /// <summary>Starts another instance in the same network.</summary>
    internal Child Start(params string[] arguments) =>
        Network.Start(UserTcpCommand.Options(_folder, ["up", .. arguments]));

    /// <summary>Replaces the child.</summary>
    internal void Replace(Child child)
    {
        _up?.Dispose();
        _up = child;
    }

    /// <summary>curl in the stack's network.</summary>
    internal async Task<ChildResult> CurlAsync(params string[] arguments)
    {
        using var child = Network.Start("curl", ["-sS", "--fail", "--max-time", "20", .. arguments]);
        return await child.EndAsync();
    }

    internal static string Url(IPAddress address, string path) =>
        "http://"
        + (address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? $"{address}" : $"[{address}]")
        + path;

    public ValueTask DisposeAsync()
    {
        _up?.Dispose();
        Network.Dispose();
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }
}
