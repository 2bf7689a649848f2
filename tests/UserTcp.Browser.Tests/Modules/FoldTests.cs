using System.Text.Json;
using UserTcp.Browser.Tests.Kit;
using Xunit;

namespace UserTcp.Browser.Tests.Modules;

/// <summary>folds.js, scoreboard.js and series.js: what the events of a connection add up to.</summary>
[Collection(ModulePage.Name)]
public sealed class FoldTests(ModulePage modules)
{
    private const string Load =
        """
        const { Store, isRetransmission } = await import('/store.js');
        const { CheckUp, Replay, Timers, Walk } = await import('/folds.js');
        const { Scoreboard } = await import('/scoreboard.js');
        const { Series } = await import('/series.js');
        const store = new Store();
        for (const line of lines.split('\n'))
          store.add(JSON.parse(line));
        const connection = store.ordered[0];
        const { events } = connection;
        """;

    private const string Event =
        """
        const { CheckUp, Timers, Walk } = await import('/folds.js');
        const event = (kind, n, more) => ({ kind, n, t: n * 1_000_000, state: 'ESTABLISHED', ...more });
        const seg = (n, more) => event('seg', n, {
          dir: 'out', flags: 'ACK', seq: 1, ack: 1, len: 0, before: 'ESTABLISHED', after: 'ESTABLISHED', ...more });
        const fold = (made, ...list) => { list.forEach(one => made.apply(one)); return made; };
        """;

    [Fact]
    public async Task A_lost_segment_is_counted_in_all_folds()
    {
        var lines = await modules.RecordedAsync();
        var sent = lines.Split('\n').Select(line => JsonDocument.Parse(line).RootElement)
            .Where(one => one.GetProperty("kind").GetString() == "seg" && one.GetProperty("dir").GetString() == "out")
            .Sum(one => one.GetProperty("len").GetInt64());

        var result = await modules.RunAsync<Dictionary<string, long>>(
            $$"""
            async lines => {
              {{Load}}
              const checkUp = new Replay(() => new CheckUp()).upTo(connection, events.end);
              const walk = new Replay(() => new Walk()).upTo(connection, events.end);
              const timers = new Replay(() => new Timers()).upTo(connection, events.end);
              const board = new Replay(() => new Scoreboard()).upTo(connection, events.end);
              const series = new Replay(one => new Series(one)).upTo(connection, events.end);
              return {
                bytes: checkUp.bytesOut, lost: checkUp.linkLost, again: checkUp.retransmissions,
                ofLost: checkUp.retransmissionsOfLost, recoveries: checkUp.recoveries, missed: checkUp.missed,
                // The ACK of our FIN may come with the peer's FIN.
                steps: Number(walk.us.steps.has('ESTABLISHED>FIN-WAIT-1')
                  && [...walk.us.steps.keys()].some(step => step.endsWith('>TIME-WAIT'))),
                peer: Number(walk.peer.steps.size > 0),
                running: [...timers.timers.values()].filter(one => one.runs).length,
                una: board.out.una, lostLeft: board.out.lost.length, sackedLeft: board.out.sacked.length,
                holes: board.holes().length, segments: series.out.segments.t.length,
                drawnLost: series.out.segments.lost.filter(one => one).length,
                drawnAgain: series.out.segments.mark.filter(mark => mark === 1).length,
                sorted: Number(series.out.acks.t.every((t, i, all) => i === 0 || t >= all[i - 1])),
              };
            }
            """,
            lines);

        Assert.Equal(sent, result["bytes"]);
        Assert.Equal((1, 1, 0), (result["lost"], result["ofLost"], result["missed"]));
        // On a busy machine the sender may retransmit more than what was lost.
        Assert.True(result["again"] >= 1 && result["recoveries"] >= 1);
        Assert.Equal((1, 1, 0), (result["steps"], result["peer"], result["running"]));
        // SYN, 200,000 bytes and FIN.
        Assert.Equal(200_002, result["una"]);
        Assert.Equal((0, 0, 0), (result["lostLeft"], result["sackedLeft"], result["holes"]));
        Assert.Equal((1, result["again"], 1), (result["drawnLost"], result["drawnAgain"], result["sorted"]));
    }

    [Fact]
    public async Task The_check_up_has_words_for_each_part()
    {
        var sentence = await modules.RunAsync<string>(
            $$"""
            async lines => {
              {{Load}}
              const { has, speak, t } = await import('/words.js');
              speak('en');
              const parts = new Replay(() => new CheckUp()).upTo(connection, events.end).sentence();
              return parts.map(([key, values]) => has(key) ? t(key, values) : `no words for ${key}`).join(' ');
            }
            """,
            await modules.RecordedAsync());

        Assert.Matches(@"\d+ retransmissions?, (of a packet|1 of packets) that the link lost\.", sentence);
        Assert.DoesNotContain("no words", sentence, StringComparison.Ordinal);
        Assert.DoesNotContain("undefined", sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_replay_is_the_same_forwards_and_backwards()
    {
        var wrong = await modules.RunAsync(
            $$"""
            async lines => {
              {{Load}}
              const kinds = [() => new CheckUp(), () => new Timers(), () => new Walk(), () => new Scoreboard(),
                one => new Series(one)];
              const look = fold => JSON.stringify(fold, (_, value) => value instanceof Map ? [...value] : value);
              const wrong = [];
              for (const make of kinds) {
                const replay = new Replay(make);
                for (let i = 0; i < 60; i++) {
                  const end = (i * 7919) % (events.end + 1);
                  const fresh = make(connection);
                  for (let at = events.first; at < end; at++)
                    fresh.apply(events.at(at));
                  if (look(replay.upTo(connection, end)) !== look(fresh))
                    wrong.push(`${fresh.constructor.name} ${end}`);
                }
              }
              return wrong;
            }
            """,
            await modules.RecordedAsync());

        Assert.Equal("[]", wrong);
    }

    [Theory]
    [InlineData("seg(1, { len: 1000 }), seg(2, { dir: 'in', len: 30 })", "[one.bytesOut, one.bytesIn]", "[1000,30]")]
    [InlineData("event('gap', 1, { missed: 4 })", "one.missed", "4")]
    [InlineData("event('timer', 1, { timer: 'Retransmission', action: 'Expired' })", "one.timeouts", "1")]
    [InlineData("event('timer', 1, { timer: 'Pacing', action: 'Expired' })", "one.timeouts", "0")]
    [InlineData(
        "event('link', 1, { dir: 'in', verdict: 'Lost', len: 9 })", "[one.linkLost, one.linkLostData]", "[1,1]")]
    [InlineData("event('link', 1, { dir: 'in', verdict: 'Held', len: 9 })", "one.linkLost", "0")]
    [InlineData("event('conn', 1, { change: 'Ended', error: 'TimedOut' })", "one.end.error", "\"TimedOut\"")]
    [InlineData("seg(1, { flags: 'RST' })", "one.sentence().at(-1)[0]", "\"checkWeReset\"")]
    [InlineData("seg(1, { flags: 'RST', dir: 'in' })", "one.sentence().at(-1)[0]", "\"checkPeerReset\"")]
    [InlineData("event('state', 1, { state: 'CLOSE-WAIT' })", "one.state", "\"CLOSE-WAIT\"")]
    [InlineData(
        "event('limit', 1, { vitals: { limit: 'PeerWindow' } }), event('call', 4, { vitals: { limit: 'NoData' } })",
        "[one.limits.PeerWindow, one.knowsLimits]", "[3000000,true]")]
    [InlineData(
        "event('loss', 1, { vitals: { recovery: 'Loss' } }), event('loss', 2, { vitals: { recovery: 'Loss' } })",
        "one.recoveries", "1")]
    [InlineData(
        "event('call', 1, { vitals: { nxt: 9, wnd: 0 } }), event('call', 5, { vitals: { nxt: 9, wnd: 7 } })",
        "one.sentence().find(([key]) => key === 'checkWindowClosed')[1].time", "4000000")]
    public Task The_check_up_folds(string events, string question, string answer) =>
        AssertAsync(answer, $"const one = fold(new CheckUp(), {events}); return {question};");

    [Fact]
    public Task A_timer_runs_until_it_stops_or_expires_or_nothing_is_known() => AssertAsync(
        "[true,5000000,false,true,0]",
        """
        const timers = new Timers();
        const last = () => timers.timers.get('Retransmission');
        timers.apply(event('timer', 1, { timer: 'Retransmission', action: 'Set', deadline: 6_000_000 }));
        const first = [last().runs, last().span];
        timers.apply(event('timer', 2, { timer: 'Retransmission', action: 'Expired', deadline: 6_000_000 }));
        const second = [last().runs, last().expired];
        timers.apply(event('gap', 3, { missed: 1 }));
        return [...first, ...second, timers.timers.size];
        """);

    [Fact]
    public Task A_walk_has_the_steps_of_both_ends() => AssertAsync(
        """[["CLOSED>SYN-SENT",1],["SYN-SENT>ESTABLISHED",2],"ESTABLISHED",["LISTEN>SYN-RECEIVED",2],"SYN-RECEIVED"]""",
        """
        const walk = fold(new Walk(), event('conn', 1, { change: 'ActiveOpen', state: 'SYN-SENT' }),
          seg(2, { before: 'SYN-SENT', after: 'ESTABLISHED', peerState: 'SYN-RECEIVED' }),
          event('call', 3, { peerState: 'SYN-RECEIVED' }));
        return [...walk.us.steps, walk.us.state, ...walk.peer.steps, walk.peer.state];
        """);

    [Fact]
    public async Task Ranges_are_added_and_removed_like_sets_of_numbers()
    {
        var wrong = await modules.RunAsync(
            """
            async () => {
              const { add, remove } = await import('/scoreboard.js');
              let seed = 5;
              const random = below => {
                seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
                return Math.floor(seed / 2 ** 32 * below);
              };
              let [list, set] = [[], new Set()];
              const wrong = [];
              for (let i = 0; i < 3000; i++) {
                const from = random(200);
                const end = from + random(30);
                const adds = random(3) > 0;
                list = (adds ? add : remove)(list, from, end);
                for (let value = from; value < end; value++)
                  set[adds ? 'add' : 'delete'](value);
                const values = list.flatMap(
                  ([left, right]) => Array.from({ length: right - left }, (_, place) => left + place));
                if (values.join() !== [...set].sort((a, b) => a - b).join())
                  wrong.push(i);
              }
              return wrong;
            }
            """);

        Assert.Equal("[]", wrong);
    }

    [Fact]
    public async Task A_lower_bound_is_the_first_entry_that_is_not_below() => Assert.Equal(
        "[0,0,1,1,3,3,4]",
        await modules.RunAsync(
            """
            async () => {
              const { lowerBound } = await import('/series.js');
              return [0, 1, 2, 5, 6, 9, 10].map(value => lowerBound([1, 5, 5, 9], value));
            }
            """));

    private async Task AssertAsync(string json, string body) =>
        Assert.Equal(json, await modules.RunAsync($"async () => {{ {Event} {body} }}"));
}
