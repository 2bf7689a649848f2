using System.Diagnostics;
using UserTcp.Cli;

namespace UserTcp.Differential.Stacks;

/// <summary>
/// The sysctls of the calling thread's network namespace: no options that the engine lacks, no metrics saved between
/// connections, and nothing that depends on real time.
/// </summary>
internal static class KernelSettings
{
    private const string Folder = "/proc/sys/net/ipv4/";

    private static readonly (string Name, string Value)[] Values =
    [
        ("tcp_timestamps", "1"),
        ("tcp_sack", "1"),
        ("tcp_ecn", "0"),
        ("tcp_fastopen", "0"),
        ("tcp_syncookies", "0"),
        ("tcp_congestion_control", "reno"),
        ("tcp_slow_start_after_idle", "0"),
        ("tcp_early_retrans", "0"),
        ("tcp_recovery", "0"),
        ("tcp_autocorking", "0"),
        ("tcp_no_metrics_save", "1"),
        ("tcp_invalid_ratelimit", "0"),
        ("tcp_challenge_ack_limit", "2147483647"),
        ("tcp_pingpong_thresh", "255"),
        ("tcp_rto_min_us", "2000000"),
        ("tcp_rfc1337", "1"),
        ("tcp_max_syn_backlog", "4096"),
        ("icmp_ratelimit", "0"),
    ];

    /// <summary>Disables delayed ACKs on the link's route. A child inherits the thread's namespace.</summary>
    public static void AcknowledgeAtOnce(string device)
    {
        string[] words =
        [
            "route", "replace", "198.18.0.0/24", "dev", device, "src", $"{Link.Stack}",
            "quickack", "1", "initcwnd", "40",
        ];
        var path = Programs.Find("ip") ??
            throw new CommandException(
                ExitCode.DeviceMissing,
                "ip is missing: run tools/test as root, which installs it, or install iproute2");
        using var ip = Process.Start(path, words);
        ip.WaitForExit();
        if (ip.ExitCode != 0)
            throw new InvalidOperationException($"'ip {string.Join(' ', words)}' failed.");
    }

    public static void Apply()
    {
        foreach (var (name, value) in Values)
        {
            // Older kernels lack some sysctls.
            if (File.Exists(Folder + name))
                File.WriteAllText(Folder + name, value);
        }
    }
}
