// HttpClient over the stack. The server at the other end of the link is a loop over a listener of the stack, which
// answers each request with its number. Both requests use the same connection.
using System.Net;
using System.Text;
using UserTcp;

var address = IPAddress.Parse("192.0.2.1");
var (serverEnd, clientEnd) = InMemoryLink.CreatePair();
await using var server = await UserTcpStack.StartAsync(new() { Device = serverEnd, Addresses = [address] });
await using var stack = await UserTcpStack.StartAsync(
    new() { Device = clientEnd, Addresses = [IPAddress.Parse("192.0.2.2")] });
await using var listener = await server.ListenAsync(new IPEndPoint(address, 80));
var serving = ServeOneClientAsync(listener);

using (var handler = new SocketsHttpHandler().UseUserTcp(stack))
using (var client = new HttpClient(handler) { BaseAddress = new Uri("http://192.0.2.1/") })
{
    Console.WriteLine(await client.GetStringAsync("first"));
    Console.WriteLine(await client.GetStringAsync("second"));
}

// The client has closed its connection, so the server's loop ends at the FIN.
Console.WriteLine($"{await serving} requests on one connection");

static async Task<int> ServeOneClientAsync(UserTcpListener listener)
{
    await using var connection = await listener.AcceptConnectionAsync();
    var stream = connection.GetStream();
    using var reader = new StreamReader(stream, Encoding.ASCII);
    var count = 0;
    while (await reader.ReadLineAsync() is { } request)
    {
        while (await reader.ReadLineAsync() is { Length: > 0 })
        {
            // A header, which this server does not need. An empty line ends them.
        }

        var body = $"response {++count} to {request}";
        var response = $"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\n\r\n{body}";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(response));
    }

    return count;
}
