using System.Xml.Linq;
using UserTcp.Kernel.Tests.Kit;
using Xunit;

namespace UserTcp.Kernel.Tests.Programs;

/// <summary>tshark reads the capture of a lab: comments, and TLS with the keys in the file.</summary>
public sealed class ExplainedCaptureTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("--no-offload")]
    [InlineData("--mtu=1500")]
    public async Task Every_segment_has_one_comment_and_nothing_is_malformed(string option)
    {
        Need.Programs("tshark", "curl");
        var file = _folder["lab.pcapng"];
        (await UserTcpCommand.RunAsync(
            _folder, "lab", option, "--services", "http", "--capture", file, "--impair", "loss=3%,seed=7", "--", "sh",
            "-c", "curl -sS http://198.18.0.2/bytes/200k -o /dev/null && curl -sS http://198.18.0.2:9/ || true"))
            .MustSucceed();

        var segments = await TsharkAsync(file, "-Y", "tcp", "-T", "fields", "-e", "frame.comment");
        Assert.InRange(segments.Length, 50, int.MaxValue);
        Assert.All(segments, comment => Assert.NotEqual("", comment.Trim()));
        Assert.Empty(await TsharkAsync(file, "-Y", "_ws.malformed || (!tcp && frame.comment)"));
        Assert.Contains(segments, comment => comment.StartsWith("retransmission: ", StringComparison.Ordinal));

        var explained = (await UserTcpCommand.RunAsync(_folder, "explain", file, "--all")).MustSucceed();
        Assert.StartsWith("-- as recorded by the stack", explained, StringComparison.Ordinal);
        Assert.All(segments, comment => Assert.Contains(comment, explained, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_running_stack_is_drawn()
    {
        Need.Programs("curl");
        var script =
            $"""
            dotnet '{UserTcpCommand.Path}' plot live --for 5 -o '{_folder["live.svg"]}' & plot=$!
            while kill -0 $plot; do curl -sS http://198.18.0.2/bytes/20k -o /dev/null; done 2> /dev/null
            wait $plot
            """;

        (await UserTcpCommand.RunAsync(_folder, "lab", "--services", "http", "--", "sh", "-c", script)).MustSucceed();

        var words = XDocument.Load(_folder["live.svg"]).Descendants().Select(element => element.Value).ToArray();
        Assert.Contains(words, word => word.StartsWith("Data from us, 198.18.0.2:80, to ", StringComparison.Ordinal));
        Assert.Contains("cwnd", words);
    }

    [Fact]
    public async Task The_keys_of_tls_are_in_the_file_when_they_are_logged()
    {
        Need.Programs("tshark", "curl");
        var file = _folder["tls.pcapng"];
        const string Script = "unset SSLKEYLOGFILE; curl -skS --http1.1 https://198.18.0.2/bytes/10";
        var options = UserTcpCommand.Options(
            _folder, "lab", "--services", "https", "--capture", file, "--", "sh", "-c", Script);
        options.Environment["SSLKEYLOGFILE"] = _folder["keys"];
        using (var lab = new Child(options))
            Assert.Contains("keep it secret", (await lab.EndAsync()).Errors, StringComparison.Ordinal);

        Assert.Contains("GET /bytes/10 HTTP/1.1", await HttpAsync(file), StringComparison.Ordinal);
        Assert.Contains("HTTP/1.1 200 OK", await HttpAsync(file), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_key_log_tls_stays_closed()
    {
        Need.Programs("tshark", "curl");
        var file = _folder["tls.pcapng"];
        (await UserTcpCommand.RunAsync(
            _folder, "lab", "--services", "https", "--capture", file, "--", "curl", "-skS", "--http1.1",
            "https://198.18.0.2/bytes/10")).MustSucceed();

        Assert.Equal("", await HttpAsync(file));
    }

    private static async Task<string> HttpAsync(string file) => string.Join('\n', await TsharkAsync(
        file, "-Y", "tls && http", "-T", "fields", "-e", "http.request.method", "-e", "http.request.uri", "-e",
        "_ws.col.Info"));

    private static async Task<string[]> TsharkAsync(string file, params string[] arguments)
    {
        using var tshark = new Child(new ChildOptions("tshark", ["-n", "-r", file, .. arguments]));
        return (await tshark.EndAsync()).MustSucceed().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
