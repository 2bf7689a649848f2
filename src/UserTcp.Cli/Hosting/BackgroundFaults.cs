using Microsoft.Extensions.Hosting;

namespace UserTcp.Cli.Hosting;

/// <summary>Faults of background services. The host stops after one, and does not say why.</summary>
internal static class BackgroundFaults
{
    /// <summary>What to print about the first service that has failed; null when none has.</summary>
    public static string? Find(IEnumerable<IHostedService> services) => services.OfType<BackgroundService>()
        .Where(static service => service.ExecuteTask is { IsFaulted: true })
        .Select(static service =>
            $"{service.GetType().Name} has failed: {service.ExecuteTask!.Exception!.InnerException!.Message}")
        .FirstOrDefault();
}
