using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Xunit;

namespace UserTcp.Hosting.Tests.Hosting;

/// <summary>The sources of options, and their precedence.</summary>
public sealed class OptionsTests : IDisposable
{
    private const string Variable = "UserTcp__Engine__IcmpErrorsPerSecond";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("usertcp-options-");

    public void Dispose()
    {
        Environment.SetEnvironmentVariable(Variable, null);
        _folder.Delete(recursive: true);
    }

    [Fact]
    public void Without_configuration_the_defaults_of_the_command_apply()
    {
        var options = Read([]);

        Assert.Equal("ut0", options.Device);
        Assert.Equal("/dev/net/tun", options.ClonePath);
        Assert.Equal(["198.18.0.2", "2001:db8:75::2"], options.Addresses);
        Assert.Equal(["198.18.0.1/24", "2001:db8:75::1/64"], options.KernelAddresses);
        Assert.Equal(1500, options.Mtu);
        Assert.Equal(1, options.Queues);
        Assert.Null(options.CaptureFile);
        Assert.Equal(TimeSpan.FromSeconds(1), options.DrainTimeout);
        Assert.False(options.InlineContinuations);
        Assert.Equal(TimeSpan.FromMicroseconds(50), options.SpinTime);
        Assert.Equal(TimeSpan.FromSeconds(30), options.Engine.MaxSegmentLifetime);
    }

    [Fact]
    public void Everything_can_be_set_in_appsettings()
    {
        Settings("""
            {
              "UserTcp": {
                "Device": "ut7", "ClonePath": "/dev/tun", "Mtu": 9000, "Queues": 4, "CaptureFile": "trace.pcapng", "DrainTimeout": "00:00:01.5",
                "InlineContinuations": true, "SpinTime": "00:00:00.001", "Addresses": ["192.0.2.7"], "KernelAddresses": ["192.0.2.1/30"],
                "Engine": { "Backlog": 5, "MaxSegmentLifetime": "00:02:00" }
              }
            }
            """);

        var options = Read([]);

        Assert.Equal(
            ("ut7", "/dev/tun", 9000, 4, "trace.pcapng"),
            (options.Device, options.ClonePath, options.Mtu, options.Queues, options.CaptureFile));
        Assert.Equal((TimeSpan.FromSeconds(1.5), true), (options.DrainTimeout, options.InlineContinuations));
        Assert.Equal(TimeSpan.FromMilliseconds(1), options.SpinTime);
        Assert.Equal((5, TimeSpan.FromMinutes(2)), (options.Engine.Backlog, options.Engine.MaxSegmentLifetime));
        // Configured addresses replace the defaults.
        Assert.Equal(["192.0.2.7"], options.Addresses);
        Assert.Equal(["192.0.2.1/30"], options.KernelAddresses);
    }

    [Theory]
    [InlineData(false, false, false, 11)]
    [InlineData(true, false, false, 12)]
    [InlineData(true, true, false, 13)]
    [InlineData(false, true, true, 14)]
    [InlineData(true, true, true, 14)]
    public void Code_overrides_the_command_line_the_environment_and_appsettings(
        bool environment, bool commandLine, bool code, int expected)
    {
        Settings("""{ "UserTcp": { "Engine": { "IcmpErrorsPerSecond": 11 } } }""");
        // No other test uses this option: the variable is visible in the whole process.
        Environment.SetEnvironmentVariable(Variable, environment ? "12" : null);

        var options = Read(
            commandLine ? ["--UserTcp:Engine:IcmpErrorsPerSecond=13"] : [],
            options => options.Engine.IcmpErrorsPerSecond = code ? 14 : options.Engine.IcmpErrorsPerSecond);

        Assert.Equal(expected, options.Engine.IcmpErrorsPerSecond);
    }

    [Fact]
    public void A_value_of_the_wrong_type_is_reported_with_its_name()
    {
        var error = Assert.Throws<InvalidOperationException>(() => Read(["--UserTcp:Mtu=large"]));

        Assert.Contains("UserTcp:Mtu", error.Message, StringComparison.Ordinal);
        Assert.Contains("large", error.Message, StringComparison.Ordinal);
    }

    private void Settings(string json) => File.WriteAllText(Path.Combine(_folder.FullName, "appsettings.json"), json);

    private UserTcpOptions Read(string[] arguments, Action<UserTcpOptions>? configure = null)
    {
        var builder = Host.CreateApplicationBuilder(
            new HostApplicationBuilderSettings { Args = arguments, ContentRootPath = _folder.FullName });
        builder.Services.AddUserTcp(configure, _ => throw new InvalidOperationException("Nothing is opened."));
        using var host = builder.Build();
        return host.Services.GetRequiredService<IOptions<UserTcpOptions>>().Value;
    }
}
