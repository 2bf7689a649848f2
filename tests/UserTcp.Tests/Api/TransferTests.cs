using System.Buffers;
using System.IO.Pipelines;
using System.Security.Cryptography;
using UserTcp.Engine.Contract;
using UserTcp.Tests.Api.Kit;
using Xunit;

namespace UserTcp.Tests.Api;

/// <summary>Much data flows both ways at once and arrives unchanged.</summary>
public sealed class TransferTests
{
    private const int Length = 10 << 20;

    private static readonly byte[] _forth = Payload.Random(Length, seed: 1);
    private static readonly byte[] _back = Payload.Random(Length, seed: 2);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Ten_megabytes_flow_both_ways_through_streams(bool inlineContinuations)
    {
        await using var pair = await StackPair.StartAsync(
            new PairOptions { InlineContinuations = inlineContinuations });
        var (client, server) = await pair.ConnectAsync();

        var received = Task.WhenAll(server.GetStream().HashToEndAsync(), client.GetStream().HashToEndAsync());
        await Task.WhenAll(SendAsync(client.GetStream(), _forth), SendAsync(server.GetStream(), _back)).OrFail();

        Assert.Equal([Payload.Hash(_forth), Payload.Hash(_back)], await received);
        Assert.All([pair.Client, pair.Server], stack => Assert.Equal(0, stack.GetCounters()[Counter.FastRetransmits]));
        Assert.All(
            [pair.Client, pair.Server], stack => Assert.Equal(0, stack.GetCounters()[Counter.RetransmissionTimeouts]));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Ten_megabytes_flow_both_ways_through_pipes(bool inlineContinuations)
    {
        await using var pair = await StackPair.StartAsync(
            new PairOptions { InlineContinuations = inlineContinuations });
        var (client, server) = await pair.ConnectAsync();

        var received = Task.WhenAll(HashAsync(server.Transport.Input), HashAsync(client.Transport.Input));
        await Task.WhenAll(SendAsync(client.Transport.Output, _forth), SendAsync(server.Transport.Output, _back))
            .OrFail();

        Assert.Equal([Payload.Hash(_forth), Payload.Hash(_back)], await received.OrFail());
        await pair.NothingLeftAsync();
    }

    [Fact]
    public async Task One_write_may_be_larger_than_every_buffer()
    {
        await using var pair = await StackPair.StartAsync(new PairOptions { BufferSize = 64 << 10 });
        var (client, server) = await pair.ConnectAsync();

        var received = server.GetStream().HashToEndAsync();
        await client.GetStream().WriteAsync(_forth).OrFail();
        client.CompleteWrites();

        Assert.Equal(Payload.Hash(_forth), await received);
    }

    [Fact]
    public async Task Many_connections_share_a_stack()
    {
        await using var pair = await StackPair.StartAsync();
        await using var listener = await pair.ListenAsync();
        var serving = ServeEchoAsync(listener, connections: 50);

        var echoed = await Task.WhenAll(Enumerable.Range(0, 50).Select(index => EchoAsync(pair, listener, index)))
            .OrFail();

        Assert.All(echoed, Assert.True);
        await serving.OrFail();
        await pair.NothingLeftAsync();
    }

    private static async Task SendAsync(Stream stream, byte[] data)
    {
        for (var offset = 0; offset < data.Length; offset += 50_000)
            await stream.WriteAsync(data.AsMemory(offset, Math.Min(50_000, data.Length - offset)));
        ((UserTcpStream)stream).CompleteWrites();
    }

    private static async Task SendAsync(PipeWriter writer, byte[] data)
    {
        for (var offset = 0; offset < data.Length; offset += 10_000)
        {
            writer.Write(data.AsSpan(offset, Math.Min(10_000, data.Length - offset)));
            await writer.FlushAsync();
        }

        await writer.CompleteAsync();
    }

    private static async Task<string> HashAsync(PipeReader reader)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        while (true)
        {
            var result = await reader.ReadAsync();
            foreach (var piece in result.Buffer)
                hash.AppendData(piece.Span);
            reader.AdvanceTo(result.Buffer.End);
            if (result.IsCompleted)
                break;
        }

        await reader.CompleteAsync();
        return Convert.ToHexString(hash.GetHashAndReset());
    }

    private static async Task ServeEchoAsync(UserTcpListener listener, int connections)
    {
        var handlers = new List<Task>();
        for (var index = 0; index < connections; index++)
            handlers.Add(EchoBackAsync(await listener.AcceptConnectionAsync()));
        await Task.WhenAll(handlers);
    }

    private static async Task EchoBackAsync(UserTcpConnection connection)
    {
        await using var stream = connection.GetStream();
        await stream.CopyToAsync(stream);
        stream.CompleteWrites();
    }

    private static async Task<bool> EchoAsync(StackPair pair, UserTcpListener listener, int seed)
    {
        var data = Payload.Random(100_000, seed);
        await using var client = await pair.Client.ConnectAsync(listener.LocalEndPoint);
        await client.GetStream().WriteAsync(data);
        client.CompleteWrites();
        var echo = await client.GetStream().ReadToEndAsync();
        return data.AsSpan().SequenceEqual(echo);
    }
}
