using UserTcp.Kernel.Tests.Kit;
using Xunit;

namespace UserTcp.Kernel.Tests.Programs;

/// <summary>The services over UDP, with the kernel's nc in a lab.</summary>
public sealed class UdpServiceTests : IDisposable
{
    private readonly TemporaryFolder _runtime = new();

    public void Dispose() => _runtime.Dispose();

    [Theory]
    [InlineData("198.18.0.2")]
    [InlineData("2001:db8:75::2")]
    public async Task Nc_gets_its_echo_and_its_lines(string address)
    {
        Need.Programs("nc");
        var script =
            $"echo hello | nc -u -w 1 {address} 7; "
            + $"echo 50 | nc -u -w 1 {address} 2000 | nc -u -w 1 {address} 2000; echo 2 | nc -N {address} 2000; "
            + $"echo gone | nc -u -w 1 {address} 9; true";

        var said = (await UserTcpCommand.RunAsync(
            _runtime, "lab", "--services", "echo,discard,lines", "--", "sh", "-c", script)).MustSucceed();

        string[] expected = ["hello", .. Enumerable.Range(1, 50).Select(number => $"{number}"), "1", "2", ""];
        Assert.Equal(expected, said.Split('\n'));
    }
}
