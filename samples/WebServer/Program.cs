// A web application on a TCP of its own. AddUserTcp and UseUserTcp are all that the server needs; the rest is its
// client.
//
//   dotnet run                In memory, as any user: the program is its own client.
//   sudo dotnet run -- tun    On the interface ut0, until Ctrl+C. From elsewhere: curl http://198.18.0.2/
using System.Net;
using UserTcp;

var isOnTun = args is ["tun"];
var (serverEnd, clientEnd) = InMemoryLink.CreatePair();

var builder = WebApplication.CreateBuilder();
if (isOnTun)
    builder.Services.AddUserTcp();
else
    builder.Services.AddUserTcp(configure: null, openDevice: _ => serverEnd);
builder.WebHost.UseUserTcp();
builder.WebHost.UseUrls("http://198.18.0.2");

var app = builder.Build();
app.MapGet("/", (HttpContext context) => $"Hello, {context.Connection.RemoteIpAddress}.\n");

if (isOnTun)
{
    await app.RunAsync();
    return;
}

await app.StartAsync();
await using (var stack = await UserTcpStack.StartAsync(
    new() { Device = clientEnd, Addresses = [IPAddress.Parse("198.18.0.1")] }))
{
    using var handler = new SocketsHttpHandler().UseUserTcp(stack);
    using var client = new HttpClient(handler);
    Console.Write(await client.GetStringAsync(new Uri("http://198.18.0.2/")));
}

await app.StopAsync();
