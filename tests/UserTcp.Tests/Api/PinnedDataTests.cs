using UserTcp.Tests.Api.Kit;
using Xunit;

namespace UserTcp.Tests.Api;

/// <summary>Pinned data is sent without copying.</summary>
public sealed class PinnedDataTests
{
    private static readonly byte[] _octets = Payload.Random(3 << 20, seed: 5);
    private static readonly UserTcpPinnedData _data = new(_octets);

    [Fact]
    public async Task Pinned_data_arrives_unchanged_over_many_connections_at_once()
    {
        await using var pair = await StackPair.StartAsync(new PairOptions { BufferSize = 64 << 10 });
        var connections = new List<(UserTcpConnection Client, UserTcpConnection Server)>();
        for (var i = 0; i < 4; i++)
            connections.Add(await pair.ConnectAsync());

        var received = Task.WhenAll(connections.Select(connection => connection.Client.GetStream().HashToEndAsync()));
        await Task.WhenAll(connections.Select(connection => SendAsync(connection.Server))).OrFail();

        Assert.All(await received.OrFail(), hash => Assert.Equal(Payload.Hash(_octets), hash));
        await Task.WhenAll(connections.Select(connection => connection.Client.DisposeAsync().AsTask()));
        await pair.NothingLeftAsync();

        static async Task SendAsync(UserTcpConnection connection)
        {
            await connection.WriteAsync(_data);
            await connection.DisposeAsync();
        }
    }

    [Fact]
    public async Task Pinned_and_written_data_stay_in_order()
    {
        await using var pair = await StackPair.StartAsync();
        var (client, server) = await pair.ConnectAsync();
        var stream = server.GetStream();

        await stream.WriteAsync("one "u8.ToArray()).OrFail();
        await server.WriteAsync(_data, 10, 3).OrFail();
        await stream.WriteAsync(" two "u8.ToArray()).OrFail();
        await server.WriteAsync(_data, 0, 0).OrFail();
        await server.WriteAsync(_data, _data.Length - 1, 1).OrFail();
        await stream.WriteAsync(" three"u8.ToArray()).OrFail();
        server.CompleteWrites();

        byte[] expected = [.. "one "u8, .. _octets.AsSpan(10, 3), .. " two "u8, _octets[^1], .. " three"u8];
        Assert.Equal(Payload.Hash(expected), await client.GetStream().HashToEndAsync().OrFail());
        Assert.Equal(Payload.Random(3 << 20, seed: 5), _octets);
    }

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(0, -1)]
    [InlineData(1, 3 << 20)]
    [InlineData(int.MaxValue, int.MaxValue)]
    public async Task A_part_beyond_the_data_is_refused(int offset, int length)
    {
        await using var pair = await StackPair.StartAsync();
        var (_, server) = await pair.ConnectAsync();

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => server.WriteAsync(_data, offset, length).AsTask());
    }

    [Fact]
    public async Task Writing_after_completion_is_refused()
    {
        await using var pair = await StackPair.StartAsync();
        var (_, server) = await pair.ConnectAsync();
        server.CompleteWrites();

        await Assert.ThrowsAsync<IOException>(() => server.WriteAsync(_data).AsTask());
    }
}
