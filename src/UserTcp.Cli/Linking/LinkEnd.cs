using System.Globalization;
using UserTcp.Tun;

namespace UserTcp.Cli.Linking;

/// <summary>Opens the devices of a link, each in an existing network namespace.</summary>
internal static class LinkEnd
{
    private const string NamesFolder = "/run/netns";

    /// <summary>Opens a device in the namespace that a name, a path or a process id stands for.</summary>
    /// <exception cref="CommandException">There is no such namespace.</exception>
    /// <exception cref="TunException">It cannot be entered, or the device cannot be had there.</exception>
    public static TunDevice Open(string name, TunDeviceOptions options)
    {
        var path = PathOf(name);
        if (!File.Exists(path))
            throw new CommandException(ExitCode.DeviceMissing, Missing(name, path));
        try
        {
            return NetworkNamespace.OnNewThread(() =>
            {
                using var space = NetworkNamespace.Open(path);
                space.Enter();
                return TunDevice.Open(options);
            });
        }
        catch (TunException exception)
        {
            throw new TunException(exception.Reason, $"In network namespace '{name}': {exception.Message}");
        }
    }

    /// <summary>
    /// The file of a namespace. A name that is a number is a process's, unless there is a namespace of that name.
    /// </summary>
    internal static string PathOf(string name)
    {
        if (name.Contains('/', StringComparison.Ordinal))
            return name;
        var named = Path.Combine(NamesFolder, name);
        return IsProcessId(name) && !File.Exists(named) ? $"/proc/{name}/ns/net" : named;
    }

    private static bool IsProcessId(string name) =>
        int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out _);

    private static string Missing(string name, string path) => path switch
    {
        _ when path == name => $"there is no network namespace '{name}': no such file",
        _ when IsProcessId(name) =>
            $"there is no network namespace '{name}': neither a process of that number, nor a name in {NamesFolder}",
        _ => $"there is no network namespace '{name}': {path} is missing. Make it: sudo ip netns add {name}",
    };
}
