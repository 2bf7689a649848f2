using UserTcp.Capture.Reading;
using UserTcp.Impairment;
using Xunit;

namespace UserTcp.Testing.Tests;

/// <summary>Captures of failed tests.</summary>
public sealed class CaptureTests
{
    [Theory]
    [InlineData("")]
    [InlineData("a\0b")]
    public async Task A_directory_that_cannot_be_does_not_hide_the_failure(string directory)
    {
        var result = await VirtualNetwork.TryRunAsync(
            network =>
            {
                network.Trace.Note("something to write");
                throw new InvalidDataException("mine");
            },
            new VirtualNetworkOptions { Captures = directory });

        Assert.IsType<InvalidDataException>(result.Error);
    }

    [Fact]
    public async Task Each_segment_has_the_reason_for_it()
    {
        var folder = Directory.CreateTempSubdirectory("usertcp-testing-");
        try
        {
            var result = await VirtualNetwork.TryRunAsync(
                async network =>
                {
                    await using var server = await EchoServer.StartAsync(network.AddHost("server"));
                    var client = network.AddHost("client");
                    await using var connection = await client.ConnectAsync("server", 7);
                    await connection.GetStream().WriteAsync(new byte[20_000]);
                    await connection.GetStream().ReadExactlyAsync(new byte[20_000]);
                    throw new InvalidDataException("mine");
                },
                new VirtualNetworkOptions
                {
                    Captures = folder.FullName,
                    Impairment = LinkImpairment.Parse("loss=10%,delay=10ms"),
                    Seed = 3,
                });

            var comments = Comments(result.Capture!);
            Assert.StartsWith("SYN: ", comments[0], StringComparison.Ordinal);
            Assert.All(comments, Assert.NotEmpty);
            Assert.Contains(comments, comment => comment.StartsWith("retransmission: ", StringComparison.Ordinal));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static List<string> Comments(string path)
    {
        using var stream = File.OpenRead(path);
        var reader = CaptureReader.Open(stream);
        var comments = new List<string>();
        while (reader.TryRead(out var packet))
            comments.Add(string.Join('|', packet.Comments));
        return comments;
    }
}
