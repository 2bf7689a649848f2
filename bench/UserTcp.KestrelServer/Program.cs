using System.Net;
using UserTcp.Hosting;

// Kestrel with a body of 13 octets on port 8080, over the stack or over the kernel's sockets.
if (args is not [("stack" or "kernel") and var over])
{
    Console.Error.WriteLine("usage: UserTcp.KestrelServer stack|kernel");
    return 64;
}

var builder = WebApplication.CreateSlimBuilder();
builder.Logging.ClearProviders();
var address = IPAddress.Any;
if (over == "stack")
{
    builder.Services.AddUserTcp(static _ => { });
    builder.WebHost.UseUserTcp();
    address = IPAddress.Parse(UserTcpOptions.DefaultAddresses[0]);
}

builder.WebHost.ConfigureKestrel(kestrel =>
{
    kestrel.AddServerHeader = false;
    kestrel.Listen(address, 8080);
});
await using var application = builder.Build();
var body = "Hello, world!"u8.ToArray();
application.MapGet("/", context =>
{
    context.Response.ContentType = "text/plain";
    context.Response.ContentLength = body.Length;
    return context.Response.Body.WriteAsync(body).AsTask();
});
await application.StartAsync();
Console.WriteLine("ready");
await application.WaitForShutdownAsync();
return 0;
