using System.Net;
using UserTcp.Cli.Services;
using UserTcp.Engine.Contract;
using UserTcp.Hosting;
using Xunit;

namespace UserTcp.Cli.Tests.Kit;

/// <summary>
/// A client's stack and a server's over a link in memory, and services on the server with a clock that the test moves.
/// </summary>
internal sealed class ServiceLink : IAsyncDisposable, IUserTcpStackProvider
{
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);

    private static readonly IPAddress ServerAddress = IPAddress.Parse("198.18.0.2");

    private readonly List<ListeningService> _services = [];

    private ServiceLink(UserTcpStack client, UserTcpStack server) => (Client, Server) = (client, server);

    public UserTcpStack Client { get; }

    public UserTcpStack Server { get; }

    public ManualTime Time { get; } = new();

    public LogLines Log { get; } = new();

    public static async Task<ServiceLink> StartAsync()
    {
        var (near, far) = InMemoryLink.CreatePair();
        var engine = new EngineOptions { MaxSegmentLifetime = TimeSpan.FromMilliseconds(20) };
        var client = await UserTcpStack.StartAsync(new UserTcpStackOptions
        {
            Device = near,
            Addresses = [IPAddress.Parse("198.18.0.1")],
            Engine = engine,
            ShutdownTimeout = TimeSpan.Zero,
        });
        var server = await UserTcpStack.StartAsync(new UserTcpStackOptions
        {
            Device = far,
            Addresses = [ServerAddress],
            Engine = engine,
            ShutdownTimeout = TimeSpan.Zero,
        });
        return new ServiceLink(client, server);
    }

    public ValueTask<UserTcpStack> GetStackAsync(CancellationToken cancellationToken = default) => new(Server);

    /// <summary>Starts a service as `up` does.</summary>
    public async Task ServeAsync(int port, ConnectionHandler handler)
    {
        var service = new ListeningService(
            "test", port, handler, this, Microsoft.Extensions.Options.Options.Create(new UserTcpOptions()), Log, Time);
        _services.Add(service);
        await service.StartAsync(TestContext.Current.CancellationToken);
    }

    public Task<UserTcpConnection> ConnectAsync(int port) =>
        Client.ConnectAsync(new IPEndPoint(ServerAddress, port)).AsTask()
            .WaitAsync(Timeout, TestContext.Current.CancellationToken);

    /// <summary>
    /// Moves the clock until the task is done, in strides of so many seconds. What the handlers do between them takes
    /// real time: a hundred strides may pass before one has begun to wait.
    /// </summary>
    public async Task AdvanceUntilAsync(Task task, int seconds)
    {
        for (var stride = 0; !task.IsCompleted; stride++)
        {
            Assert.True(stride < 1000, $"not done in {stride} times {seconds} s");
            Time.AdvanceSeconds(seconds);
            for (var turn = 0; turn < 20 && !task.IsCompleted; turn++)
                await Task.WhenAny(task, Task.Delay(1, TestContext.Current.CancellationToken));
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var service in _services)
        {
            await service.StopAsync(CancellationToken.None);
            service.Dispose();
        }

        await Client.DisposeAsync();
        await Server.DisposeAsync();
    }
}
