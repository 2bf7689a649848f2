using UserTcp.Engine.Contract;
using UserTcp.Engine.Security;
using UserTcp.PacketDrill.Settings;

namespace UserTcp.PacketDrill.Tests;

/// <summary>Flags of the stack, and commands that would set the machine's sysctls.</summary>
public sealed class SettingsTests : IDisposable
{
    private readonly StackSettings _settings = new();
    private readonly StringWriter _log = new();

    [Fact]
    public void Settings_of_options_and_congestion_control_reach_the_engine()
    {
        Assert.Equal(0, new Commands(_settings, _log, _ => null).Run(
            "../common/set_sysctls.py /proc/sys/net/ipv4/tcp_timestamps=0 /proc/sys/net/ipv4/tcp_sack=0 "
            + "/proc/sys/net/ipv4/tcp_congestion_control=cubic"));

        var options = _settings.ToEngineOptions();

        Assert.False(options.Timestamps);
        Assert.False(options.Sack);
        Assert.Equal(CongestionAlgorithm.Cubic, options.CongestionControl);
    }

    [Fact]
    public void Fast_Open_its_key_and_ECN_are_set_too()
    {
        Run("sysctl -q net.ipv4.tcp_fastopen=0x403 "
            + "net.ipv4.tcp_fastopen_key=a1a1a1a1-b2b2b2b2-c3c3c3c3-d4d4d4d4 net.ipv4.tcp_ecn=1");
        Assert.Equal(FastOpenUse.Client | FastOpenUse.Server | FastOpenUse.AllListeners, _settings.FastOpen);
        Assert.Equal(new SipKey(0xB2B2B2B2A1A1A1A1, 0xD4D4D4D4C3C3C3C3), _settings.FastOpenKey);
        Assert.Equal(EcnMode.Active, _settings.ToEngineOptions().Ecn);
        Run("sysctl -q net.ipv4.tcp_fastopen_key=a1a1a1a1-b2b2b2b2 net.ipv4.tcp_ecn=3");
        Assert.Equal(
            "no such setting: tcp_fastopen_key=a1a1a1a1-b2b2b2b2\nno such setting: tcp_ecn=3\n", _log.ToString());
    }

    [Fact]
    public void Flags_set_the_options_of_the_stack()
    {
        var settings = StackSettings.Parse("mtu=1520, local4=10.0.0.7,min_rto_ms=300,quick_acks=0");
        Assert.Equal((1520, "10.0.0.7"), (settings.Mtu, settings.LocalIPv4.ToString()));
        Assert.Equal(TimeSpan.FromMilliseconds(300), settings.ToEngineOptions().MinRto);
        Assert.Equal(0, settings.ToEngineOptions().QuickAcks);
        Assert.Empty(settings.ToEngineOptions().Validate());
    }

    [Theory]
    [InlineData("mtu")]
    [InlineData("speed=11")]
    [InlineData("mtu=x")]
    public void A_wrong_flag_is_reported(string flags) =>
        Assert.Throws<FormatException>(() => StackSettings.Parse(flags));

    [Fact]
    public void A_sysctl_in_either_form_changes_the_stack_and_nothing_else()
    {
        Run("sysctl -q net.ipv4.tcp_rmem=\"4096 540000 $((15*1024*1024))\"\nsysctl -q "
            + "net.ipv4.tcp_notsent_lowat=0xfa0");
        Run("../common/set_sysctls.py /proc/sys/net/ipv4/tcp_wmem=\"4096 50000 4194304\" \\\n "
            + "/proc/sys/net/ipv4/tcp_syn_retries=2");
        Assert.Equal((540_000, 15 << 20), (_settings.ReceiveBuffer, _settings.MaxReceiveBuffer));
        Assert.Equal((50_000, 4u * 1000, 2), (_settings.SendBuffer, _settings.NotSentLowWater, _settings.SynRetries));
        Assert.Equal("", _log.ToString());
    }

    [Fact]
    public void A_file_of_defaults_is_read_not_run()
    {
        const string Name = "../common/defaults.sh";
        Run(Name, path => path == Name ? "# comment\nsysctl -q net.ipv4.tcp_synack_retries=1\n" : null);
        Assert.Equal(1, _settings.SynAckRetries);
    }

    [Fact]
    public void A_file_that_includes_itself_ends() => Run("./defaults.sh", _ => "./defaults.sh");

    [Fact]
    public void Ignored_commands_are_reported()
    {
        Run("tc qdisc replace dev tun0 root; sysctl -q net.ipv4.tcp_md5=1");
        Assert.Equal(
            ["not run: tc qdisc replace dev tun0 root", "no such setting: tcp_md5=1"],
            _log.ToString().Trim().Split('\n'));
    }

    public void Dispose() => _log.Dispose();

    private void Run(string command, Func<string, string?>? readFile = null) =>
        Assert.Equal(0, new Commands(_settings, _log, readFile ?? (_ => null)).Run(command));
}
