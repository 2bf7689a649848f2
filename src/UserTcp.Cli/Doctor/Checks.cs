using System.Net.NetworkInformation;
using System.Runtime.InteropServices;
using UserTcp.Cli.Control;
using UserTcp.Cli.Hosting;

namespace UserTcp.Cli.Doctor;

/// <summary>The checks of `usertcp doctor`, each with its finding.</summary>
internal static class Checks
{
    private const string DefaultDevice = "ut0";
    private const string Fix = "sudo usertcp doctor --fix";

    /// <summary>The findings, in the order in which to fix what they name.</summary>
    public static IEnumerable<(string Name, Finding Finding)> All(Machine machine)
    {
        yield return ("runtime", Finding.Good(
            $"{RuntimeInformation.FrameworkDescription} on {RuntimeInformation.OSDescription}"));
        yield return ("tun node", CheckNode(machine));
        yield return ("namespaces", CheckNamespaces(machine));
        yield return ("tun device", CheckDevice(machine));
        yield return ("permissions", CheckPermissions(machine));
        yield return ("device name", CheckName());
        yield return ("addresses", CheckAddresses());
        yield return ("ipv6", CheckIPv6());
        yield return ("running", CheckRunning());
        foreach (var program in NeededProgram.All)
        {
            yield return (program.Name, program.FindProblem() is { } problem
                ? Finding.Warn(
                    $"{problem}, and the tests and some examples need it: {Fix}, or install {program.Package}")
                : Finding.Good(Programs.Find(program.Name)!));
        }
    }

    internal static Finding CheckNode(Machine machine) => machine.NodeProblem is not { } problem
        ? Finding.Good($"{TunNode.Path} can be opened")
        : Finding.Bad(
            $"{problem}: {Fix}"
            + (Isolation.IsContainer ? $", or start the container with: {Isolation.ContainerCommand}" : ""));

    private static Finding CheckNamespaces(Machine machine) => machine.NamespaceProblem is not { } problem
        ? Finding.Good("a network namespace can be made")
        : Finding.Bad($"{problem}: {Isolation.Advice}");

    private static Finding CheckDevice(Machine machine) => machine switch
    {
        { NodeProblem: not null } or { NamespaceProblem: not null } => Finding.Warn("not tried: see above"),
        { DeviceProblem: { } problem } => Finding.Bad(problem),
        _ => Finding.Good("a TUN device with addresses can be made in a namespace"),
    };

    private static Finding CheckPermissions(Machine machine) => machine switch
    {
        { NodeProblem: not null } => Finding.Warn("not tried: see above"),
        { PrivilegeProblem: { } problem } => Finding.Warn(
            $"{problem}: 'up' and 'nc' need it, or a device of yours: sudo ip tuntap add dev {DefaultDevice} mode tun "
            + $"user {Environment.UserName}; 'demo' and 'lab' do not"
            + (Isolation.IsContainer
                ? "; in a container: docker run --cap-add NET_ADMIN --device /dev/net/tun ..."
                : "")),
        _ => Finding.Good("'up' and 'nc' may make interfaces here"),
    };

    private static Finding CheckName() =>
        NetworkInterface.GetAllNetworkInterfaces().Any(link => link.Name == DefaultDevice)
            ? Finding.Warn(
                $"{DefaultDevice} exists: 'up' uses it when it is free; otherwise give 'up' another name "
                + "(--device ut%d)")
            : Finding.Good($"{DefaultDevice} is free");

    private static Finding CheckAddresses() => CheckAddresses(
        NetworkInterface.GetAllNetworkInterfaces().SelectMany(link =>
            link.GetIPProperties().UnicastAddresses.Select(address => (link.Name, address.Address.ToString()))));

    internal static Finding CheckAddresses(IEnumerable<(string Link, string Address)> inUse)
    {
        var taken = inUse.Where(use => use.Address.StartsWith("198.18.0.", StringComparison.Ordinal) ||
            use.Address.StartsWith("2001:db8:75::", StringComparison.Ordinal)).ToArray();
        return taken.Length == 0
            ? Finding.Good("198.18.0.0/24 and 2001:db8:75::/64 are free for 'up'")
            : Finding.Warn(
                $"{string.Join(", ", taken.Select(use => $"{use.Link} has {use.Address}"))}: unless that is a stack of "
                + "yours, give 'up' others (--address 198.18.9.2 --peer 198.18.9.1/24)");
    }

    private static Finding CheckIPv6() => Directory.Exists("/proc/sys/net/ipv6")
        ? Finding.Good("the kernel has IPv6")
        : Finding.Warn("the kernel has no IPv6: give only IPv4 addresses (--address 198.18.0.2 --peer 198.18.0.1/24)");

    private static Finding CheckRunning() => ControlSocket.FindRunning().Count switch
    {
        0 => Finding.Good("none of your stacks runs"),
        var count => Finding.Good($"{count} of your stacks run: see 'usertcp ss'"),
    };
}
