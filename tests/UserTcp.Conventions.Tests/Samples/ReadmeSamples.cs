using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using UserTcp.Impairment;

namespace UserTcp.Conventions.Tests.Samples;

/// <summary>README's samples, word for word: each lies between two comments and is quoted in README.</summary>
internal static class ReadmeSamples
{
    public static async Task<string> TwoStacksInMemory()
    {
        // README
        var (left, right) = InMemoryLink.CreatePair();
        var address = IPAddress.Parse("192.0.2.1");
        await using var server = await UserTcpStack.StartAsync(new() { Device = left, Addresses = [address] });
        await using var client = await UserTcpStack.StartAsync(
            new() { Device = right, Addresses = [IPAddress.Parse("192.0.2.2")] });

        await using var listener = await server.ListenAsync(new IPEndPoint(address, 80));
        await using var outgoing = await client.ConnectAsync(new IPEndPoint(address, 80));
        await using var incoming = await listener.AcceptConnectionAsync();

        await using var stream = outgoing.GetStream();
        await stream.WriteAsync("hello"u8.ToArray());
        stream.CompleteWrites(); // FIN

        using var reader = new StreamReader(incoming.GetStream());
        var text = await reader.ReadToEndAsync();
        // README ends
        return text;
    }

    public static async Task BadNetwork()
    {
        // README
        var (near, far) = InMemoryLink.CreatePair();
        var impairment = LinkImpairment.Parse("loss=1%,delay=20ms,jitter=5ms,reorder=2%,dup=1%,corrupt=0.1%,seed=7");
        await using var server = await UserTcpStack.StartAsync(
            new() { Device = far, Addresses = [IPAddress.Parse("192.0.2.1")] });
        await using var client = await UserTcpStack.StartAsync(new()
        {
            Device = new ImpairedDevice(near, impairment), // both directions
            Addresses = [IPAddress.Parse("192.0.2.2")],
        });
        // README ends
    }

    public static void AspNetCore(string[] args)
    {
        // README
        var builder = WebApplication.CreateBuilder(args);
        builder.Services.AddUserTcp(options => options.Device = "ut0");
        builder.WebHost.UseUserTcp();

        var app = builder.Build();
        app.MapGet("/", () => "Hello over a TCP of our own.\n");
        app.Run("http://198.18.0.2");
        // README ends
    }

    public static async Task<string> Client(UserTcpStack stack)
    {
        // README
        using var handler = new SocketsHttpHandler().UseUserTcp(stack);
        using var client = new HttpClient(handler);
        var page = await client.GetStringAsync(new Uri("http://198.18.0.1:8000/"));
        // README ends
        return page;
    }
}
