using UserTcp.Cli.Commands;
using Xunit;

namespace UserTcp.Cli.Tests;

/// <summary>What `nc` makes of its arguments; the rest of it needs a kernel.</summary>
public sealed class NcTests
{
    [Theory]
    [InlineData("ut0", "0")]
    [InlineData("ut12", "12")]
    [InlineData("tun12x3", "3")]
    [InlineData("ut007", "7")]
    [InlineData("wire", "0")]
    [InlineData("42", "42")]
    public void The_addresses_have_the_number_at_the_end_of_the_devices_name(string device, string number) =>
        Assert.Equal(number, NcCommand.NumberOf(device));
}
