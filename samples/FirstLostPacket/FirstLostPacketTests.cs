using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using UserTcp.Testing;
using Xunit;

namespace FirstLostPacket;

/// <summary>The first packet of a request is lost, and the client does not notice more than the time.</summary>
public sealed class FirstLostPacketTests
{
    [Fact]
    public Task A_lost_request_still_gets_its_answer() => VirtualNetwork.RunAsync(async network =>
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.UseVirtualNetwork(network, "api");
        await using var app = builder.Build();
        app.MapGet("/", () => "Hello");
        await app.StartAsync();

        using var client = network.CreateClient("client");
        network.AddFault("drop data:1 to api");

        Assert.Equal("Hello", await client.GetStringAsync(new Uri("http://api/")));
        Console.WriteLine(string.Join('\n', network.Trace.Lines));
    });
}
