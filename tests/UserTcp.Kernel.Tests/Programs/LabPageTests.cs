using System.Net;
using System.Text;
using System.Text.Json;
using UserTcp.Kernel.Tests.Kit;
using Xunit;

namespace UserTcp.Kernel.Tests.Programs;

/// <summary>The live page of `usertcp lab --open`, through the port that it publishes.</summary>
public sealed class LabPageTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_stranger_gets_a_page_that_shows_and_changes_nothing()
    {
        using var lab = await RunningLab.StartAsync(_folder);

        using var page = await lab.Stranger.GetAsync(new Uri("/", UriKind.Relative));
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        Assert.StartsWith(
            "default-src 'self'", page.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.DoesNotContain(lab.Token, await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        foreach (var path in new[] { "lab", "events", "connections", "counters", "reasons", "traffic", "no-such-page" })
        {
            using var answer = await lab.Stranger.GetAsync(new Uri($"/api/{path}", UriKind.Relative));
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        }

        using var impairment = new StringContent("loss=100%");
        using var refused = await lab.Stranger.PutAsync(new Uri("/api/impairment", UriKind.Relative), impairment);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        using var almost = new HttpRequestMessage(HttpMethod.Get, "/api/lab");
        almost.Headers.TryAddWithoutValidation("Authorization", $"Bearer {lab.Token[..^1]}");
        using var alsoRefused = await lab.Stranger.SendAsync(almost);
        Assert.Equal(HttpStatusCode.Unauthorized, alsoRefused.StatusCode);
    }

    [Fact]
    public async Task Files_are_compressed_and_known_again()
    {
        using var lab = await RunningLab.StartAsync(_folder);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        request.Headers.Add("Accept-Encoding", "gzip");

        using var first = await lab.Stranger.SendAsync(request);

        Assert.Equal(["gzip"], first.Content.Headers.ContentEncoding);
        using var second = new HttpRequestMessage(HttpMethod.Get, "/");
        second.Headers.IfNoneMatch.Add(first.Headers.ETag!);
        using var unchanged = await lab.Stranger.SendAsync(second);
        Assert.Equal(HttpStatusCode.NotModified, unchanged.StatusCode);
        using var missing = await lab.Stranger.GetAsync(new Uri("/nothing.js", UriKind.Relative));
        Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
    }

    [Fact]
    public async Task The_page_knows_its_lab()
    {
        using var lab = await RunningLab.StartAsync(_folder, "--impair", "delay=1ms,seed=3", "--cc", "newreno");

        var notice = await lab.GetAsync("/api/lab");

        Assert.Equal("198.18.0.2", notice.GetProperty("addresses")[0].GetString());
        Assert.Equal("198.18.0.1/24", notice.GetProperty("kernelAddresses")[0].GetString());
        Assert.Equal("newreno", notice.GetProperty("congestionControl").GetString());
        var command = $"usertcp lab --publish 127.0.0.1:{lab.Port} --cc newreno";
        Assert.Equal(command, notice.GetProperty("command").GetString());
        var impairment = notice.GetProperty("impairment");
        Assert.Equal("delay=1ms,seed=3", impairment.GetProperty("fromStack").GetString());
        Assert.Equal("delay=1ms,seed=3", impairment.GetProperty("toStack").GetString());
        Assert.Equal($"{command} --impair delay=1ms,seed=3", impairment.GetProperty("command").GetString());
        Assert.True(notice.GetProperty("canBreak").GetBoolean());
        Assert.True(notice.GetProperty("canMakeTraffic").GetBoolean());
        var states = (await lab.GetAsync("/api/transitions")).EnumerateArray().Select(one => one.GetProperty("to"));
        Assert.Contains("TIME-WAIT", states.Select(state => state.GetString()));
        Assert.NotEmpty((await lab.GetAsync("/api/reasons")).EnumerateArray());
        Assert.True((await lab.GetAsync("/api/counters")).EnumerateObject().Any());
        var rows = (await lab.GetAsync("/api/connections")).EnumerateArray();
        Assert.Contains("198.18.0.2:8088", rows.Select(row => row.GetProperty("local").GetString()));
    }

    [Theory]
    [InlineData("transfer", "kernel")]
    [InlineData("transfer", "stack")]
    [InlineData("upload", "kernel")]
    [InlineData("upload", "stack")]
    [InlineData("simultaneous-close", "kernel")]
    [InlineData("ten-clients", "stack")]
    public async Task Traffic_runs_to_its_end_and_is_seen(string kind, string role)
    {
        using var lab = await RunningLab.StartAsync(_folder);
        using var events = await lab.WatchAsync();

        var started = await lab.PostAsync($"/api/traffic/{kind}", $$"""{"role":"{{role}}","bytes":100000}""");

        var opened = await RunningLab.NextAsync(events, one => KindOf(one) == "conn");
        Assert.Equal(role == "stack" ? "ActiveOpen" : "PassiveOpen", opened.GetProperty("change").GetString());
        await RunningLab.NextAsync(events, one => KindOf(one) == "conn" && ChangeOf(one) == "Ended");
        var row = await RowAsync(lab, started, "done");
        Assert.Equal(kind == "ten-clients" ? 10 : 1, row.GetProperty("connections").GetArrayLength());
    }

    [Fact]
    public async Task Both_FINs_of_a_simultaneous_close_cross_on_a_slow_link()
    {
        using var lab = await RunningLab.StartAsync(_folder, "--impair", "delay=20ms");
        using var events = await lab.WatchAsync();

        await lab.PostAsync("/api/traffic/simultaneous-close");

        await RunningLab.NextAsync(
            events, one => KindOf(one) == "state" && one.GetProperty("toState").GetString() == "CLOSING");
    }

    [Fact]
    public async Task The_kernel_says_its_own_states()
    {
        using var lab = await RunningLab.StartAsync(_folder);
        using var events = await lab.WatchAsync();

        await lab.PostAsync("/api/traffic/transfer", """{"role":"kernel","bytes":1000}""");

        var close = await RunningLab.NextAsync(
            events, one => KindOf(one) == "seg" && DirectionOf(one) == "out" && HasFin(one));
        // The kernel's application closes at once.
        Assert.Contains(close.GetProperty("peerState").GetString(), new[] { "CLOSE-WAIT", "LAST-ACK" });
        Assert.Equal("sock_diag", close.GetProperty("peerStateSource").GetString());
    }

    [Fact]
    public async Task A_lesson_is_played_for_the_page()
    {
        using var lab = await RunningLab.StartAsync(_folder);
        var lessons = await lab.GetAsync("/api/lessons?lang=ko");

        using var answer = await lab.Reader.PostAsync(
            new Uri("/api/lessons/handshake?lang=ko", UriKind.Relative), content: null).OrFail();
        var lines = (await answer.Content.ReadAsStringAsync().OrFail()).TrimEnd('\n').Split('\n');

        Assert.Contains("handshake", lessons.EnumerateArray().Select(one => one.GetProperty("name").GetString()));
        var end = JsonDocument.Parse(lines[^1]).RootElement;
        Assert.Equal("end", end.GetProperty("item").GetString());
        Assert.Equal(end.GetProperty("claims").GetInt32(), end.GetProperty("held").GetInt32());
    }

    [Fact]
    public async Task A_reader_that_stops_closes_the_window_until_it_reads()
    {
        using var lab = await RunningLab.StartAsync(_folder);
        using var events = await lab.WatchAsync();

        var id = (await lab.PostAsync("/api/traffic/transfer", """{"role":"kernel","bytes":30000000}"""))
            .GetProperty("id").GetInt32();
        await lab.PostAsync($"/api/traffic/{id}/stop-reading");
        await RunningLab.NextAsync(
            events, one => KindOf(one) == "seg" && DirectionOf(one) == "in" && one.GetProperty("win").GetInt64() == 0);
        await lab.PostAsync($"/api/traffic/{id}/read");

        await RowAsync(lab, (await lab.GetAsync("/api/traffic"))[0], "done");
    }

    [Fact]
    public async Task A_killed_peer_sends_a_RST()
    {
        using var lab = await RunningLab.StartAsync(_folder);
        using var events = await lab.WatchAsync();
        var started = await lab.PostAsync("/api/traffic/slow-reader");
        await RunningLab.NextAsync(events, one => KindOf(one) == "seg" && one.GetProperty("len").GetInt64() > 0);

        await lab.PostAsync($"/api/traffic/{started.GetProperty("id").GetInt32()}/kill");

        await RunningLab.NextAsync(
            events, one => KindOf(one) == "seg" && one.GetProperty("flags").GetString()!.Contains("RST"));
        await RowAsync(lab, started, "done");
    }

    [Theory]
    [InlineData("kernel", "in")]
    [InlineData("stack", "out")]
    public async Task A_reader_that_closes_with_data_unread_sends_a_RST(string role, string direction)
    {
        using var lab = await RunningLab.StartAsync(_folder);
        using var events = await lab.WatchAsync();
        var started = await lab.PostAsync("/api/traffic/slow-reader", $$"""{"role":"{{role}}"}""");
        await RunningLab.NextAsync(events, one => KindOf(one) == "seg" && one.GetProperty("len").GetInt64() > 0);
        var path = $"/api/traffic/{started.GetProperty("id").GetInt32()}";
        await lab.PostAsync($"{path}/stop-reading");
        await RunningLab.NextAsync(events, one => KindOf(one) == "seg" && one.GetProperty("len").GetInt64() > 0);

        await lab.PostAsync($"{path}/close-reader");

        var reset = await RunningLab.NextAsync(
            events, one => KindOf(one) == "seg" && one.GetProperty("flags").GetString()!.Contains("RST"));
        Assert.Equal(direction, DirectionOf(reset));
        await RowAsync(lab, started, "done");
    }

    [Fact]
    public async Task One_connection_of_ten_can_be_killed()
    {
        using var lab = await RunningLab.StartAsync(_folder, "--impair", "rate=5mbit");
        using var events = await lab.WatchAsync();
        var started = await lab.PostAsync("/api/traffic/ten-clients", """{"role":"kernel","bytes":1000000}""");
        var data = await RunningLab.NextAsync(
            events, one => KindOf(one) == "seg" && one.GetProperty("len").GetInt64() > 0);
        var (local, peer) = (data.GetProperty("local").GetString(), data.GetProperty("peer").GetString());
        var path = $"/api/traffic/{started.GetProperty("id").GetInt32()}/kill";

        await lab.PostAsync($"{path}?local={local}&peer={peer}");

        var reset = await RunningLab.NextAsync(
            events, one => KindOf(one) == "seg" && one.GetProperty("flags").GetString()!.Contains("RST"));
        Assert.Equal(peer, reset.GetProperty("peer").GetString());
        using var unknown = await lab.Reader.PostAsync(
            new Uri($"{path}?local={local}&peer=198.18.0.1:1", UriKind.Relative), content: null);
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        var row = await RowAsync(lab, started, "done");
        Assert.Equal(10, row.GetProperty("connections").GetArrayLength());
    }

    [Fact]
    public async Task The_link_breaks_as_the_command_line_says()
    {
        using var lab = await RunningLab.StartAsync(_folder);
        using var events = await lab.WatchAsync();
        using var body = new StringContent("drop=fin:1:from-stack");

        using var answer = await lab.Reader.PutAsync(new Uri("/api/impairment", UriKind.Relative), body);

        var set = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
        Assert.Equal(
            $"usertcp lab --publish 127.0.0.1:{lab.Port} --impair drop=fin:1:from-stack",
            set.GetProperty("command").GetString());
        await lab.PostAsync("/api/traffic/transfer", """{"role":"kernel","bytes":1000}""");
        var lost = await RunningLab.NextAsync(events, one => KindOf(one) == "link");
        Assert.Equal("Lost", lost.GetProperty("verdict").GetString());
        Assert.Contains("FIN", lost.GetProperty("flags").GetString()!, StringComparison.Ordinal);
        await RunningLab.NextAsync(events, one => KindOf(one) == "conn" && ChangeOf(one) == "Ended");
    }

    [Fact]
    public async Task Each_direction_of_the_link_has_its_own_impairment()
    {
        using var lab = await RunningLab.StartAsync(
            _folder, "--impair-from-stack", "delay=1ms,seed=3", "--impair-to-stack", "delay=2ms");
        var command = $"usertcp lab --publish 127.0.0.1:{lab.Port}";
        var before = (await lab.GetAsync("/api/lab")).GetProperty("impairment");
        Assert.Equal("delay=2ms", before.GetProperty("toStack").GetString());
        Assert.Equal(
            $"{command} --impair-from-stack delay=1ms,seed=3 --impair-to-stack delay=2ms",
            before.GetProperty("command").GetString());

        await lab.PutAsync("/api/impairment?direction=from-stack", "");
        var set = await lab.PutAsync("/api/impairment?direction=to-stack", "drop=fin:1");

        Assert.True(set.GetProperty("isSplit").GetBoolean());
        Assert.Equal($"{command} --impair-to-stack drop=fin:1", set.GetProperty("command").GetString());
        using var events = await lab.WatchAsync();
        await lab.PostAsync("/api/traffic/transfer", """{"role":"kernel","bytes":1000}""");
        var lost = await RunningLab.NextAsync(events, one => KindOf(one) == "link");
        Assert.Equal("in", DirectionOf(lost));
        Assert.True(HasFin(lost));
        var both = await lab.PutAsync("/api/impairment", "loss=0.1%,seed=4");
        Assert.False(both.GetProperty("isSplit").GetBoolean());
        Assert.Equal($"{command} --impair loss=0.1%,seed=4", both.GetProperty("command").GetString());
    }

    [Theory]
    [InlineData("PUT", "/api/impairment?direction=up", "", HttpStatusCode.BadRequest, "'up' is not a direction")]
    [InlineData("PUT", "/api/impairment", "lss=3%", HttpStatusCode.BadRequest, "'lss' is not an impairment")]
    [InlineData("POST", "/api/traffic/dance", "", HttpStatusCode.NotFound, "no such traffic")]
    [InlineData("POST", "/api/traffic/99/kill", "", HttpStatusCode.NotFound, "no such traffic")]
    [InlineData("POST", "/api/traffic/transfer", "{\"bytes\":0}", HttpStatusCode.BadRequest, "1 to")]
    [InlineData("POST", "/api/traffic/transfer", "{\"role\":\"cat\"}", HttpStatusCode.BadRequest, "role kernel")]
    [InlineData("POST", "/api/traffic/transfer", "{", HttpStatusCode.BadRequest, "the body is not")]
    [InlineData("POST", "/api/replay", "", HttpStatusCode.BadRequest, "the number of an event")]
    [InlineData("POST", "/api/replay?without=999999", "", HttpStatusCode.Conflict, "no event 999999")]
    [InlineData("POST", "/api/explain", "no capture", HttpStatusCode.BadRequest, "")]
    [InlineData("POST", "/api/ladder.svg", "{\"kind\":5}", HttpStatusCode.BadRequest, "line 1")]
    [InlineData("DELETE", "/api/lab", "", HttpStatusCode.NotFound, "no such page")]
    public async Task A_wrong_request_is_refused_in_a_sentence(
        string method, string path, string body, HttpStatusCode status, string says)
    {
        using var lab = await RunningLab.StartAsync(_folder);
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = new StringContent(body) };

        using var answer = await lab.Reader.SendAsync(request);

        Assert.Equal(status, answer.StatusCode);
        var error = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("error");
        Assert.Contains(says, error.GetString()!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Events_become_pictures_and_captures_become_events()
    {
        var file = Path.Combine(_folder.Path, "lab.pcapng");
        (await UserTcpCommand.RunAsync(
            _folder, "lab", "--capture", file, "--", "curl", "-sS", "-o", "/dev/null", "http://198.18.0.2/bytes/1M"))
            .MustSucceed();
        using var lab = await RunningLab.StartAsync(_folder);
        using var capture = new ByteArrayContent(await File.ReadAllBytesAsync(file));

        using var explained = await lab.Reader.PostAsync(new Uri("/api/explain?lang=ko", UriKind.Relative), capture);
        var events = await explained.Content.ReadAsStringAsync();

        Assert.Contains("\"kind\":\"seg\"", events, StringComparison.Ordinal);
        foreach (var picture in new[] { "ladder", "plot" })
        {
            using var content = new StringContent(events, Encoding.UTF8);
            using var drawn = await lab.Reader.PostAsync(new Uri($"/api/{picture}.svg", UriKind.Relative), content);
            Assert.StartsWith("<svg", await drawn.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_was_seen_is_saved_and_a_loss_is_replayed_without()
    {
        using var lab = await RunningLab.StartAsync(_folder);
        using var events = await lab.WatchAsync();
        await lab.PutAsync("/api/impairment", "drop=data:5:from-stack,delay=2ms");
        await lab.PostAsync("/api/traffic/transfer", """{"role":"kernel","bytes":100000}""");
        var lost = (await RunningLab.NextAsync(events, one => KindOf(one) == "link")).GetProperty("n").GetInt64();
        await RunningLab.NextAsync(events, one => KindOf(one) == "conn" && ChangeOf(one) == "Ended");

        var capture = await lab.SaveAsync("/api/capture.pcapng", _folder);
        var explained = (await UserTcpCommand.RunAsync(_folder, "explain", capture)).MustSucceed();
        var recording = await lab.SaveAsync("/api/recording.utr", _folder);
        var check = (await UserTcpCommand.RunAsync(_folder, "replay", recording, "--check")).MustSucceed();
        using var replayed = await lab.Reader.PostAsync(
            new Uri($"/api/replay?without={lost}", UriKind.Relative), content: null).OrFail();
        var lines = (await replayed.Content.ReadAsStringAsync().OrFail()).TrimEnd('\n').Split('\n');

        Assert.Contains("as recorded by the stack", explained, StringComparison.Ordinal);
        Assert.Contains("the impaired link, to our frames: lost 1", explained, StringComparison.Ordinal);
        Assert.DoesNotContain(":8088", explained, StringComparison.Ordinal);
        Assert.StartsWith("equal: ", check, StringComparison.Ordinal);
        Assert.Contains($"usertcp replay lab.utr --without {lost}", lines[0], StringComparison.Ordinal);
        var totals = JsonDocument.Parse(lines[^1]).RootElement;
        Assert.Equal(1, totals.GetProperty("recorded").GetProperty("retransmissions").GetInt32());
        Assert.Equal(0, totals.GetProperty("without").GetProperty("retransmissions").GetInt32());
        Assert.DoesNotContain(lines[1..^1], line => line.Contains("FastRetransmit", StringComparison.Ordinal));
        var kept = await lab.GetAsync("/api/kept");
        Assert.True(kept.GetProperty("frames").GetInt32() > 70);
        Assert.Equal(0, kept.GetProperty("droppedFrames").GetInt64());
        Assert.True(kept.GetProperty("hasRecording").GetBoolean());
    }

    [Fact]
    public async Task A_lab_that_records_in_a_file_saves_that()
    {
        var file = Path.Combine(_folder.Path, "own.utr");
        using var lab = await RunningLab.StartAsync(_folder, "--record", file);

        var saved = await lab.SaveAsync("/api/recording.utr", _folder);

        (await UserTcpCommand.RunAsync(_folder, "replay", saved, "--check")).MustSucceed();
        await lab.EndAsync();
        Assert.Equal(
            await File.ReadAllBytesAsync(saved),
            (await File.ReadAllBytesAsync(file))[..(int)new FileInfo(saved).Length]);
    }

    [Fact]
    public async Task The_pages_own_connections_are_shown_when_asked_for()
    {
        using var lab = await RunningLab.StartAsync(_folder);
        using var events = await lab.WatchAsync("?own=1");

        _ = await lab.GetAsync("/api/lab");

        var own = await RunningLab.NextAsync(events, one => KindOf(one) == "seg");
        Assert.EndsWith(":8088", own.GetProperty("local").GetString()!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_quiet_stack_says_that_it_is_alive()
    {
        using var lab = await RunningLab.StartAsync(_folder);
        using var events = await lab.WatchAsync();

        var beat = await RunningLab.NextAsync(events, static _ => true);

        Assert.Equal("alive", KindOf(beat));
        Assert.True(beat.GetProperty("t").GetInt64() > 0);
    }

    [Fact]
    public async Task A_lab_ends_with_its_command_whatever_runs_on_its_page()
    {
        using var lab = await RunningLab.StartAsync(_folder);
        using var events = await lab.WatchAsync();
        await lab.PostAsync("/api/traffic/slow-reader");

        var result = await lab.EndAsync();

        result.MustSucceed();
        Assert.Contains($"The live page: http://127.0.0.1:{lab.Port}/#", result.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0.0.0.0:8088")]
    [InlineData("192.0.2.1:8088")]
    [InlineData("127.0.0.1")]
    [InlineData("8088")]
    public async Task Only_a_loopback_port_is_published(string where)
    {
        var result = await UserTcpCommand.RunAsync(_folder, "lab", "--publish", where, "--", "true");

        Assert.Equal(64, result.ExitCode);
        Assert.Contains(
            $"--publish: '{where}' is not a loopback address and a port", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_in_use_is_named()
    {
        using var lab = await RunningLab.StartAsync(_folder);

        var result = await UserTcpCommand.RunAsync(
            _folder, "lab", "--publish", $"127.0.0.1:{lab.Port}", "--", "true");

        Assert.Equal(64, result.ExitCode);
        Assert.Contains($"127.0.0.1:{lab.Port} cannot be opened", result.Errors, StringComparison.Ordinal);
    }

    private static string? KindOf(JsonElement one) => one.GetProperty("kind").GetString();

    private static bool HasFin(JsonElement one) =>
        one.GetProperty("flags").GetString()!.Contains("FIN", StringComparison.Ordinal);

    private static string? ChangeOf(JsonElement one) => one.GetProperty("change").GetString();

    private static string? DirectionOf(JsonElement one) => one.GetProperty("dir").GetString();

    /// <summary>The row of some traffic that has ended, with that state.</summary>
    private static async Task<JsonElement> RowAsync(RunningLab lab, JsonElement started, string state)
    {
        var row = await EndedRowAsync(lab, started.GetProperty("id").GetInt32()).OrFail();
        Assert.Equal(state, row.GetProperty("state").GetString());
        return row;
    }

    private static async Task<JsonElement> EndedRowAsync(RunningLab lab, int id)
    {
        while (true)
        {
            var row = (await lab.GetAsync("/api/traffic")).EnumerateArray()
                .Single(one => one.GetProperty("id").GetInt32() == id);
            if (row.GetProperty("state").GetString() != "running")
                return row;

            await Task.Delay(TimeSpan.FromMilliseconds(20), TestContext.Current.CancellationToken);
        }
    }
}
