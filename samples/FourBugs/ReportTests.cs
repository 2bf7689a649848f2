using FourBugs.Reports;
using UserTcp.Impairment;
using UserTcp.Testing;
using Xunit;

namespace FourBugs;

/// <summary>A report that ends early, since the store behind a gateway has crashed.</summary>
public sealed class ReportTests
{
    private const int Port = 9000;

    private static readonly VirtualNetworkOptions Options = new()
    {
        Impairment = LinkImpairment.Parse("loss=2%,delay=10ms"),
    };

    [Fact]
    public async Task A_truncated_report_is_taken_for_whole()
    {
        var found = await Search.FindAsync(
            "A truncated report is taken for whole", network => DownloadAsync(network, new ReportReader()), Options);

        Assert.StartsWith("crash store", Assert.Single(found.Strikes).Fault, StringComparison.Ordinal);
    }

    [Fact]
    public Task A_truncated_report_is_an_error() =>
        Search.PassAsync(network => DownloadAsync(network, new ExactReportReader()), Options);

    private static async Task DownloadAsync(VirtualNetwork network, IReportReader reader)
    {
        var report = new byte[60_000];
        network.CreateRandom("report").NextBytes(report);
        var store = await network.AddHostAsync(
            "store", host => Service.StartAsync(host, Port, stream => ReportStore.SendAsync(stream, report)));
        using var supervisor = new Supervisor(store);
        await network.AddHostAsync("gateway", host => Service.StartAsync(host, Port, async stream =>
            await ReportGateway.RelayAsync(
                stream, (await host.ConnectAsync("store", Port)).GetStream(), network.TimeProvider)));
        var office = network.AddHost("office");
        var packet = network.CreateRandom("crash").Next(1, 600);
        network.AddFault($"crash store on packet:{packet} from store").Optional();

        var read = await Retry.RunAsync(
            async () =>
            {
                await using var stream = (await office.ConnectAsync("gateway", Port)).GetStream();
                return await reader.ReadAsync(stream);
            },
            network.TimeProvider);

        Assert.True(report.AsSpan().SequenceEqual(read), "The report that was read is not the one that was sent.");
    }
}
