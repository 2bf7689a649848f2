using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using UserTcp.Cli.Services.Http;
using Xunit;

namespace UserTcp.Cli.Tests.Kit;

/// <summary>The command's HTTP services on a stack, and the stack of their clients.</summary>
public abstract class HttpSite : IAsyncLifetime
{
    protected static readonly IPAddress ServerAddress = IPAddress.Parse("198.18.0.2");

    protected WebApplication Application { get; private set; } = null!;

    protected UserTcpStack Client { get; private set; } = null!;

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var (near, far) = InMemoryLink.CreatePair();
        Client = await UserTcpStack.StartAsync(new UserTcpStackOptions
        {
            Device = near,
            Addresses = [IPAddress.Parse("198.18.0.1")],
            ShutdownTimeout = TimeSpan.Zero,
        });
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrel(kestrel =>
        {
            HttpLimits.Apply(kestrel.Limits);
            HttpEndPoints.Listen(kestrel, ["http", "https"]);
        });
        builder.Services.AddRouting();
        builder.Logging.SetMinimumLevel(LogLevel.None);
        builder.Services.AddUserTcp(options => options.Addresses.Add(ServerAddress.ToString()), _ => far);
        builder.WebHost.UseUserTcp();
        HttpEndPoints.AddServices(builder.Services);
        Application = builder.Build();
        HttpPages.Map(Application);
        await Application.StartAsync(Cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await Application.StopAsync(CancellationToken.None);
        await Application.DisposeAsync();
        await Client.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}
