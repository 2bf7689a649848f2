// A chat over raw streams. The server sends each line to all who are there; a client leaves by FIN, and the server
// closes the connection when it has read it.
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using UserTcp;

var endPoint = new IPEndPoint(IPAddress.Parse("192.0.2.1"), 6667);
var (serverEnd, clientEnd) = InMemoryLink.CreatePair();
await using var server = await UserTcpStack.StartAsync(new() { Device = serverEnd, Addresses = [endPoint.Address] });
await using var client = await UserTcpStack.StartAsync(
    new() { Device = clientEnd, Addresses = [IPAddress.Parse("192.0.2.2")] });

var listener = await server.ListenAsync(endPoint);
var members = new ConcurrentDictionary<UserTcpStream, bool>();
var accepting = AcceptAsync();

// One client after the other joins, and says something that all of them read.
var streams = new List<UserTcpStream>();
var readers = new List<StreamReader>();
foreach (var name in (string[])["red", "green", "blue"])
{
    var stream = (await client.ConnectAsync(endPoint)).GetStream();
    streams.Add(stream);
    readers.Add(new StreamReader(stream));
    await stream.WriteAsync(Encoding.UTF8.GetBytes($"hello from {name}\n"));
    foreach (var reader in readers)
        Console.WriteLine($"member {readers.IndexOf(reader) + 1} reads: {await reader.ReadLineAsync()}");
}

foreach (var stream in streams)
{
    stream.CompleteWrites(); // FIN
    await stream.ReadsClosed; // the server's FIN
    await stream.DisposeAsync();
}

await listener.DisposeAsync();
Console.WriteLine($"{await accepting} members have left");

async Task<int> AcceptAsync()
{
    var serving = new List<Task>();
    try
    {
        while (true)
            serving.Add(ServeAsync(await listener.AcceptConnectionAsync()));
    }
    catch (Exception exception) when (exception is ObjectDisposedException or SocketException)
    {
        // The listener has been disposed of.
    }

    await Task.WhenAll(serving);
    return serving.Count;
}

async Task ServeAsync(UserTcpConnection connection)
{
    await using var stream = connection.GetStream();
    members[stream] = true;
    using var reader = new StreamReader(stream, leaveOpen: true);
    try
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            foreach (var member in members.Keys)
                await member.WriteAsync(Encoding.UTF8.GetBytes($"{line}\n"));
        }
    }
    finally
    {
        members.TryRemove(stream, out _);
    }
}
