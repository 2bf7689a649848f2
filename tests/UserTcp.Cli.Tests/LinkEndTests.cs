using UserTcp.Cli.Linking;
using Xunit;

namespace UserTcp.Cli.Tests;

/// <summary>How a network namespace may be called.</summary>
public sealed class LinkEndTests
{
    [Theory]
    [InlineData("no-such-name", "/run/netns/no-such-name")]
    [InlineData("2147483647", "/proc/2147483647/ns/net")]
    [InlineData("/proc/self/ns/net", "/proc/self/ns/net")]
    [InlineData("-1", "/run/netns/-1")]
    public void A_namespace_has_a_name_a_process_or_a_path(string name, string path) =>
        Assert.Equal(path, LinkEnd.PathOf(name));
}
