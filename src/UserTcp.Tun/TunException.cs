using System.Runtime.InteropServices;
using static Tmds.Linux.LibC;

namespace UserTcp.Tun;

/// <summary>A TUN device cannot be opened or used; the message names the cause and how to fix it.</summary>
public sealed class TunException : IOException
{
    /// <summary>An exception with a reason and a message.</summary>
    public TunException(TunFailure reason, string message)
        : base(message) => Reason = reason;

    /// <summary>The kind of failure.</summary>
    public TunFailure Reason { get; }

    /// <summary>The clone device cannot be opened.</summary>
    internal static TunException OnOpen(string path, int error) => error switch
    {
        _ when error == ENOENT || error == ENXIO || error == ENODEV => new TunException(
            TunFailure.DeviceMissing,
            $"{path} is missing. Load the driver: sudo modprobe tun; or pass the device into the container: "
            + "--device /dev/net/tun."),
        _ when error == EACCES => new TunException(
            TunFailure.NotPermitted,
            $"{path} may not be opened by this user. Open it to everybody, as udev does on ordinary distributions: "
            + $"sudo chmod 0666 {path}."),
        _ when error == EPERM => new TunException(
            TunFailure.NotPermitted,
            $"{path} may not be opened inside this container. Pass the device into it: --device /dev/net/tun."),
        _ => Unexpected($"{path} cannot be opened", error),
    };

    /// <summary>TUNSETIFF has failed.</summary>
    internal static TunException OnAttach(string path, string name, bool hasQueues, int error) => error switch
    {
        _ when error == EPERM => NotPermitted(
            $"Interface {name} may not be created by this user, or belongs to another one",
            $"sudo ip tuntap add dev {name.Replace("%d", "0", StringComparison.Ordinal)} mode tun "
            + $"{(hasQueues ? "multi_queue " : "")}user $USER"),
        _ when error == EBUSY => new TunException(
            TunFailure.NameInUse,
            $"Interface {name} is in use: another process has it open. Choose another name, or ut%d for the "
            + "next free one."),
        _ when error == EINVAL && hasQueues => new TunException(
            TunFailure.Configuration,
            $"{name} cannot be the name of the interface, or is the name of one that is no TUN device with several "
            + "queues. Choose another name, or ut%d for the next free one, or have it made anew: sudo ip tuntap add "
            + $"dev {name} mode tun multi_queue user $USER."),
        _ when error == E2BIG => new TunException(
            TunFailure.NameInUse, $"Interface {name} has as many queues as the kernel allows."),
        _ when error == EINVAL => new TunException(
            TunFailure.Configuration,
            $"{name} cannot be the name of the interface, or is the name of one that is no TUN device with a single "
            + "queue. Choose another name, or ut%d for the next free one."),
        _ when error == ENOTTY => new TunException(
            TunFailure.DeviceMissing, $"{path} is not the TUN clone device, which is /dev/net/tun as a rule."),
        _ => Unexpected($"Interface {name} cannot be created", error),
    };

    /// <summary>A change of the interface has failed. <paramref name="command"/> does the same by hand.</summary>
    internal static TunException OnChange(string what, string command, int error) => error switch
    {
        _ when error == EPERM => NotPermitted($"{what}: this user is not permitted", command),
        _ => new TunException(TunFailure.Configuration, $"{what}: {Describe(error)}."),
    };

    /// <summary>The interface no longer works.</summary>
    internal static TunException OnUse(string name, int error) => error switch
    {
        _ when error == EBADFD || error == ENODEV => new TunException(
            TunFailure.DeviceMissing, $"Interface {name} has been removed."),
        _ => Unexpected($"Interface {name} does not work any more", error),
    };

    /// <summary>A network namespace cannot be created or entered.</summary>
    internal static TunException OnNamespace(string what, int error) => error switch
    {
        _ when error == EPERM => new TunException(
            TunFailure.NotPermitted,
            $"{what}: this user is not permitted. Run as root, or start the program by: unshare -Urn."),
        _ when error == EACCES => new TunException(
            TunFailure.NotPermitted, $"{what}: this user is not permitted. Run as root."),
        _ when error == ENOENT => new TunException(TunFailure.Configuration, $"{what}: there is no such file."),
        _ when error == EINVAL => new TunException(TunFailure.Configuration, $"{what}: it is none."),
        _ when error == ENOSPC => new TunException(
            TunFailure.Configuration,
            $"{what}: there are too many. Allow more: sudo sysctl user.max_net_namespaces=15000."),
        _ => Unexpected(what, error),
    };

    /// <summary>Anything else.</summary>
    internal static TunException Unexpected(string what, int error) =>
        new(TunFailure.Other, $"{what}: {Describe(error)}.");

    private static TunException NotPermitted(string what, string command) => new(
        TunFailure.NotPermitted,
        $"{what}. Run as root, or inside `usertcp lab`, or have it done beforehand: {command}.");

    private static string Describe(int error) => $"{Marshal.GetPInvokeErrorMessage(error)} (errno {error})";
}
