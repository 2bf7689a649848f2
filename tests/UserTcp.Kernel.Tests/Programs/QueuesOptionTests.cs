using System.Security.Cryptography;
using UserTcp.Kernel.Tests.Kit;
using Xunit;

namespace UserTcp.Kernel.Tests.Programs;

/// <summary>`--queues` of `up` and `lab`, with capture and impairment.</summary>
public sealed class QueuesOptionTests : IDisposable
{
    private const int Octets = 3 << 20;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("2")]
    [InlineData("4", "--no-offload")]
    [InlineData("2", "--impair", "loss=1%,delay=1ms,dup=1%,seed=7")]
    public async Task Transfers_go_both_ways_and_one_capture_has_all_of_them(string queues, params string[] options)
    {
        Need.Programs("curl");
        var (there, back, trace) = (_folder["there"], _folder["back"], _folder["trace.pcapng"]);
        File.WriteAllBytes(there, Payload.Random(Octets, seed: 3));
        var script =
            $$"""
            for i in 1 2 3 4 5 6 7 8; do curl -sS --fail -o {{back}}$i http://198.18.0.2/bytes/{{Octets}} & done; wait
            for i in 1 2 3 4; do curl -sS --fail -T {{there}} http://198.18.0.2/bytes/up; echo; done
            dotnet '{{UserTcpCommand.Path}}' ss
            """;

        var result = await UserTcpCommand.RunAsync(
            _folder, ["lab", "--queues", queues, "--capture", trace, "--services", "http", .. options,
                "--", "sh", "-c", script]);

        var said = result.MustSucceed();
        Assert.Equal(4, said.Split(Payload.Hash(File.ReadAllBytes(there))).Length - 1);
        Assert.Single(Enumerable.Range(1, 8)
            .Select(i => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes($"{back}{i}"))))
            .Distinct());
        Assert.Equal(Octets, new FileInfo($"{back}1").Length);
        Assert.Equal(2, said.Split("LISTEN").Length - 1);
        Assert.InRange(new FileInfo(trace).Length, 12L * Octets, long.MaxValue);
    }
}
