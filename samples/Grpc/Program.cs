// gRPC over the stack: an ASP.NET Core service at one end of a link in memory, and a client at the other. gRPC needs
// HTTP/2, which Kestrel speaks without TLS when it is told to.
using System.Net;
using Counting;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using UserTcp;

var address = IPAddress.Parse("198.18.0.2");
var (serverEnd, clientEnd) = InMemoryLink.CreatePair();

var builder = WebApplication.CreateBuilder();
builder.Services.AddGrpc();
builder.Services.AddUserTcp(configure: null, openDevice: _ => serverEnd);
builder.WebHost.UseUserTcp();
builder.WebHost.ConfigureKestrel(kestrel =>
    kestrel.Listen(address, 5000, endPoint => endPoint.Protocols = HttpProtocols.Http2));
var app = builder.Build();
app.MapGrpcService<CounterService>();
await app.StartAsync();

await using (var stack = await UserTcpStack.StartAsync(
    new() { Device = clientEnd, Addresses = [IPAddress.Parse("198.18.0.1")] }))
{
    using var handler = new SocketsHttpHandler().UseUserTcp(stack);
    using var channel = GrpcChannel.ForAddress(
        "http://198.18.0.2:5000", new GrpcChannelOptions { HttpHandler = handler });
    var client = new Counter.CounterClient(channel);
    using var call = client.Count(new CountRequest { Limit = 3 });
    await foreach (var number in call.ResponseStream.ReadAllAsync())
        Console.WriteLine($"number {number.Value}");
}

await app.StopAsync();

/// <summary>Counts from 1 to the limit of a request.</summary>
internal sealed class CounterService : Counter.CounterBase
{
    public override async Task Count(
        CountRequest request, IServerStreamWriter<Number> responseStream, ServerCallContext context)
    {
        for (var value = 1; value <= request.Limit; value++)
            await responseStream.WriteAsync(new Number { Value = value }, context.CancellationToken);
    }
}
