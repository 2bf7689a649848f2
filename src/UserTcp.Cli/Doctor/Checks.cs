using System.Diagnostics;
using System.Net.NetworkInformation;
using System.Runtime.InteropServices;
using UserTcp.Cli.Control;

namespace UserTcp.Cli.Doctor;

/// <summary>Everything that has to be right for the stack to run here.</summary>
internal static class Checks
{
    private const string ClonePath = "/dev/net/tun";
    private const string DefaultDevice = "ut0";

    private static readonly (string Tool, string Package)[] Tools =
        [("curl", "curl"), ("nc", "netcat-openbsd"), ("ss", "iproute2"), ("ping", "iputils-ping"), ("tshark", "tshark")];

    /// <summary>The checks, in the order in which to mend what they find.</summary>
    public static IEnumerable<(string Name, Func<Finding> Check)> All()
    {
        yield return ("runtime", static () => Finding.Good($"{RuntimeInformation.FrameworkDescription} on {RuntimeInformation.OSDescription}"));
        yield return ("tun node", CheckNode);
        yield return ("namespaces", CheckNamespaces);
        yield return ("permissions", CheckPermissions);
        yield return ("device", CheckDevice);
        yield return ("addresses", CheckAddresses);
        yield return ("ipv6", CheckIPv6);
        yield return ("running", CheckRunning);
        foreach (var (tool, package) in Tools)
        {
            yield return (tool, () => Programs.Find(tool) is { } path
                ? Finding.Good(path)
                : Finding.Warn($"missing, and only examples need it: sudo apt-get install {package}"));
        }
    }

    internal static Finding CheckNode() => CheckNode(ClonePath);

    internal static Finding CheckNode(string path)
    {
        if (!File.Exists(path))
            return Finding.Bad(ExitCode.DeviceMissing, $"{path} is missing: sudo modprobe tun; in a container: --device {path}");
        try
        {
            using var device = File.Open(path, FileMode.Open, FileAccess.ReadWrite);
            return Finding.Good($"{path} can be opened");
        }
        catch (UnauthorizedAccessException)
        {
            return Finding.Bad(ExitCode.NotPermitted, $"{path} may not be opened by {Environment.UserName}: sudo chmod 0666 {path}");
        }
        catch (IOException exception)
        {
            return Finding.Bad(ExitCode.DeviceMissing, $"{path} cannot be opened ({exception.Message}): sudo modprobe tun");
        }
    }

    private static Finding CheckNamespaces()
    {
        if (Programs.Find("unshare") is not { } unshare)
            return Finding.Bad(ExitCode.DeviceMissing, "'unshare' is missing: sudo apt-get install util-linux");
        var flags = Environment.IsPrivilegedProcess ? "-n" : "-Urn";
        using var process = Process.Start(new ProcessStartInfo(unshare, [flags, "--", "true"]) { RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEnd().Trim();
        process.WaitForExit();
        return process.ExitCode == 0
            ? Finding.Good($"unshare {flags} works: demo and lab will run")
            : Finding.Bad(
                ExitCode.NotPermitted,
                $"{error}: run as root, or sudo sysctl user.max_user_namespaces=15000 kernel.unprivileged_userns_clone=1, and on Ubuntu kernel.apparmor_restrict_unprivileged_userns=0");
    }

    private static Finding CheckPermissions() => Environment.IsPrivilegedProcess
        ? Finding.Good("root: up and nc may make interfaces here")
        : Finding.Warn(
            $"up and nc need root here, or a device of yours: sudo ip tuntap add dev {DefaultDevice} mode tun user {Environment.UserName}; demo and lab do not");

    private static Finding CheckDevice() => NetworkInterface.GetAllNetworkInterfaces().Any(link => link.Name == DefaultDevice)
        ? Finding.Warn($"{DefaultDevice} exists: 'up' uses it when it is free, or give it another (--device ut%d)")
        : Finding.Good($"{DefaultDevice} is free");

    private static Finding CheckAddresses() => CheckAddresses(
        NetworkInterface.GetAllNetworkInterfaces().SelectMany(
            link => link.GetIPProperties().UnicastAddresses.Select(address => (link.Name, address.Address.ToString()))));

    internal static Finding CheckAddresses(IEnumerable<(string Link, string Address)> inUse)
    {
        var taken = inUse.Where(use => use.Address.StartsWith("198.18.0.", StringComparison.Ordinal) ||
            use.Address.StartsWith("2001:db8:75::", StringComparison.Ordinal)).ToArray();
        return taken.Length == 0
            ? Finding.Good("198.18.0.0/24 and 2001:db8:75::/64 are free for 'up'")
            : Finding.Warn(
                $"{string.Join(", ", taken.Select(use => $"{use.Link} has {use.Address}"))}: unless that is a stack of yours, give 'up' others (--address 198.18.9.2 --peer 198.18.9.1/24)");
    }

    private static Finding CheckIPv6() => Directory.Exists("/proc/sys/net/ipv6")
        ? Finding.Good("the kernel speaks IPv6")
        : Finding.Warn("the kernel has no IPv6: give only IPv4 addresses (--address 198.18.0.2 --peer 198.18.0.1/24)");

    private static Finding CheckRunning() => ControlSocket.FindRunning().Count switch
    {
        0 => Finding.Good("no stack of yours runs"),
        var count => Finding.Good($"{count} of your stacks run: see 'usertcp ss'"),
    };
}
