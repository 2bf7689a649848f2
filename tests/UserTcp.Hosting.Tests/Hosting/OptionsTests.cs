using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using UserTcp.Engine.Contract;
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

    [Theory]
    [InlineData("UserTcp:Mtu=large", "UserTcp:Mtu is 'large'; it must be a whole number.")]
    [InlineData("UserTcp:Mtu=99999999999", "UserTcp:Mtu is '99999999999'; it must be a whole number.")]
    [InlineData("UserTcp:Offload=maybe", "UserTcp:Offload is 'maybe'; it must be true or false.")]
    [InlineData(
        "UserTcp:DrainTimeout=soon",
        "UserTcp:DrainTimeout is 'soon'; it must be a time, such as 00:00:01.5 for one and a half seconds.")]
    [InlineData("UserTcp:Engine:Ecn=on", "UserTcp:Engine:Ecn is 'on'; it must be one of Off, Active, Passive.")]
    [InlineData("UserTcp:Engine:Ecn=1", "UserTcp:Engine:Ecn is '1'; it must be one of Off, Active, Passive.")]
    [InlineData(
        "UserTcp:Addresses=1.2.3.4",
        "UserTcp:Addresses is '1.2.3.4'; it must be a list (UserTcp:Addresses:0, :1, ...).")]
    [InlineData("UserTcp:Mtu:0=1500", "UserTcp:Mtu is ''; it must be one value, not a section.")]
    [InlineData(
        "UserTcp:Stacks:inside:Mtu=9000",
        "UserTcp:Stacks:inside: the application has no named stack (AddUserTcp(\"inside\")).")]
    public void A_value_that_an_option_cannot_have_is_refused_with_what_it_can(string setting, string expected)
    {
        var error = Assert.Throws<OptionsValidationException>(() => Read([$"--{setting}"]));

        Assert.Equal([expected], error.Failures);
    }

    [Theory]
    [InlineData("UserTcp:Mtuu", "Addresses, CaptureFile, ClaimWildcards, ")]
    [InlineData("UserTcp:Engine:Backlogg", "Backlog, ")]
    public void A_key_that_is_no_option_is_refused_with_the_options_that_there_are(string key, string options)
    {
        var error = Assert.Throws<OptionsValidationException>(() => Read([$"--{key}=1"]));

        var failure = Assert.Single(error.Failures);
        Assert.StartsWith($"{key} is no option. There are ", failure, StringComparison.Ordinal);
        Assert.Contains(options, failure, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_problem_is_reported_at_once()
    {
        var error = Assert.Throws<OptionsValidationException>(
            () => Read(["--UserTcp:Mtuu=1", "--UserTcp:Queues=few", "--UserTcp:Engine:Ecn=on"]));

        Assert.Equal(3, error.Failures.Count());
    }

    [Fact]
    public void Every_option_can_be_set_to_its_default_by_configuration()
    {
        var settings = new List<string>();
        Add("UserTcp", new UserTcpOptions());
        Add("UserTcp:Engine", new EngineOptions());

        var options = Read([.. settings]);

        Assert.Equal(new EngineOptions().Backlog, options.Engine.Backlog);
        Assert.InRange(settings.Count, 50, 200);

        void Add(string section, object defaults)
        {
            foreach (var property in defaults.GetType().GetProperties())
            {
                if (property.SetMethod is not null && property.GetValue(defaults) is { } value
                    and (string or bool or int or long or TimeSpan or Enum))
                {
                    settings.Add(string.Create(
                        CultureInfo.InvariantCulture, $"--{section}:{property.Name.ToUpperInvariant()}={value}"));
                }
            }
        }
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
