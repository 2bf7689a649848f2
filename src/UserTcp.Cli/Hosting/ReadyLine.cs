using System.Text.Json;
using UserTcp.Cli.Control;
using UserTcp.Cli.Services;

namespace UserTcp.Cli.Hosting;

/// <summary>The line that `up` and `lab` print once traffic can flow.</summary>
internal static class ReadyLine
{
    public static void Print(TextWriter writer, UserTcpStack stack, IReadOnlyList<string> services, bool json)
    {
        var addresses = stack.Addresses.Select(address => address.ToString()).ToArray();
        var ports = services.ToDictionary(name => name, ServiceCatalog.PortOf);
        writer.WriteLine(json
            ? JsonSerializer.Serialize(
                new ReadyNotice("ready", stack.DeviceName, addresses, ports), ControlJson.Default.ReadyNotice)
            : $"ready {stack.DeviceName} {string.Join(' ', addresses)} "
                + $"{string.Join(' ', ports.Select(port => $"{port.Key}:{port.Value}"))}");
        writer.Flush();
    }
}
