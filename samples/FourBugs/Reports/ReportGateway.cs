namespace FourBugs.Reports;

/// <summary>
/// Relays a report from the store to a client. When the store is silent for five seconds, it closes both connections.
/// </summary>
internal static class ReportGateway
{
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(5);

    public static async Task RelayAsync(Stream client, Stream store, TimeProvider time)
    {
        await using var closingClient = client;
        await using var closingStore = store;
        var buffer = new byte[4096];
        while (true)
        {
            using var limit = new CancellationTokenSource(Silence, time);
            var count = await store.ReadAsync(buffer, limit.Token);
            if (count == 0)
                return;
            await client.WriteAsync(buffer.AsMemory(0, count));
        }
    }
}
