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
}
