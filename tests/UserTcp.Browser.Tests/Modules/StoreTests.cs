using UserTcp.Browser.Tests.Kit;
using Xunit;

namespace UserTcp.Browser.Tests.Modules;

/// <summary>store.js: the events kept, and the connections that they belong to.</summary>
[Collection(ModulePage.Name)]
public sealed class StoreTests(ModulePage modules)
{
    /// <summary>Events of one connection, as the lab sends them.</summary>
    private const string Events =
        """
        const ends = { local: '10.0.0.1:80', peer: '10.0.0.2:4000' };
        const conn = (n, change, more) => ({ kind: 'conn', n, t: n * 1000, ...ends, change, state: 'LISTEN', ...more });
        const seg = (n, more) => ({
          kind: 'seg', n, t: n * 1000, ...ends, dir: 'out', flags: 'ACK', seq: 1, ack: 1, len: 0, before: 'ESTABLISHED',
          after: 'ESTABLISHED', ...more,
        });
        const link = (n, of, verdict) => ({ kind: 'link', n, t: n * 1000, ...ends, dir: 'out', of, verdict });
        const { Store, isLost, isRetransmission } = await import('/store.js');
        const store = new Store(5);
        """;

    [Fact]
    public Task A_connection_lives_from_its_opening_to_its_end() => AssertAsync(
        """["10.0.0.1:80 ↔ 10.0.0.2:4000",1448,1,1,"CLOSED",true,true]""",
        """
        store.add(conn(1, 'PassiveOpen', { iss: 7, irs: 9 }));
        store.add(seg(2, { len: 1448 }));
        store.add(link(3, 2, 'Lost'));
        store.add(seg(4, { len: 0, reason: 'RetransmissionTimeout' }));
        store.add(conn(5, 'Ended', { state: 'CLOSED', error: 'None' }));
        const [one] = store.ordered;
        return [one.name, one.data, one.lost, one.retransmitted, one.state, one.ended, isLost(one.verdicts.get(2))];
        """);

    [Fact]
    public Task The_oldest_events_are_dropped_from_the_store_and_from_their_connection() => AssertAsync(
        "[3,5,3,5,[4,5,6,7,8],null,4,8]",
        """
        store.add(conn(1, 'PassiveOpen'));
        for (let n = 2; n <= 8; n++)
          store.add(seg(n));
        const { events } = store.ordered[0];
        return [store.events.first, store.events.length, events.first, events.length, [...events].map(one => one.n),
          store.find(3) ?? null, store.find(4).n, store.find(8).n];
        """);

    [Fact]
    public Task An_event_that_is_known_changes_nothing() => AssertAsync(
        "[null,null,2]",
        """
        store.add(conn(1, 'PassiveOpen'));
        store.add(seg(2));
        return [store.add(seg(2)), store.add({ kind: 'alive', t: 9000 }), store.events.length];
        """);

    [Fact]
    public Task The_same_addresses_once_more_are_another_connection() => AssertAsync(
        "[2,[1,2],[3,4],4]",
        """
        store.add(conn(1, 'PassiveOpen', { iss: 7 }));
        store.add(conn(2, 'Ended', { iss: 7, error: 'None' }));
        store.add(conn(3, 'PassiveOpen', { iss: 8 }));
        store.add(seg(4, { iss: 8 }));
        return [store.ordered.length, ...store.ordered.map(one => [...one.events].map(event => event.n)),
          store.ownerOf(4).events.last.n];
        """);

    [Fact]
    public Task A_gap_is_an_event_of_each_open_connection() => AssertAsync(
        """[7,["conn","gap","seg"],2.5]""",
        """
        store.add(conn(2, 'PassiveOpen'));
        store.add({ kind: 'gap', missed: 7 });
        store.add(seg(10));
        const { events } = store.ordered[0];
        return [store.missed, [...events].map(event => event.kind), events.at(1).n];
        """);

    [Fact]
    public Task A_stream_that_was_lost_leaves_a_gap_of_at_most_the_numbers_between() => AssertAsync(
        """["gap",6,true]""",
        """
        store.add(conn(1, 'PassiveOpen'));
        store.interrupt();
        store.add(seg(8));
        const gap = store.ordered[0].events.at(1);
        return [gap.kind, gap.missed, gap.atMost];
        """);

    [Fact]
    public Task The_table_of_the_lab_adds_old_connections_and_ends_those_that_are_gone() => AssertAsync(
        """[["10.0.0.1:80","10.0.0.1:22"],[false,false],[true,false],["CLOSED","ESTABLISHED"]]""",
        """
        store.add(conn(1, 'PassiveOpen'));
        store.add({ kind: 'gap', missed: 1 });
        const other = { local: '10.0.0.1:22', peer: '10.0.0.3:5', state: 'ESTABLISHED' };
        const over = { local: '10.0.0.1:23', peer: '10.0.0.3:5', state: 'TIME-WAIT' };
        store.reconcile([other, over]);
        const first = store.ordered.map(one => one.ended);
        store.reconcile([other]);
        return [store.ordered.map(one => one.local), first, store.ordered.map(one => one.ended),
          store.ordered.map(one => one.state)];
        """);

    [Fact]
    public Task At_most_200_connections_are_kept_and_the_ended_ones_go_first() => AssertAsync(
        "[200,true,false]",
        """
        const many = new Store();
        for (let i = 0; i < 201; i++)
          many.add({ ...conn(i + 1, i === 7 ? 'Ended' : 'PassiveOpen', { error: 'None' }), peer: `10.0.0.2:${i}` });
        const has = port => many.ordered.some(one => one.peer === `10.0.0.2:${port}`);
        return [many.ordered.length, has(0), has(7)];
        """);

    [Fact]
    public Task Sentences_have_the_language_in_which_they_came() => AssertAsync(
        """["en","en","ko","ko"]""",
        """
        store.speak('en');
        store.add(conn(1, 'PassiveOpen'));
        store.add(seg(2));
        store.speak('ko');
        store.add(seg(3));
        store.speak('ko');
        store.add(seg(4));
        return [1, 2, 3, 4].map(n => store.languageOf({ n }));
        """);

    [Theory]
    [InlineData("{ reason: 'RetransmissionTimeout' }", true)]
    [InlineData("{ reason: 'FastRetransmit' }", true)]
    [InlineData("{ reason: 'Data' }", false)]
    [InlineData("{ reason: 'TailLossProbe', of: 1 }", true)]
    [InlineData("{ reason: 'TailLossProbe' }", false)]
    [InlineData("{ reason: 'Data', reasons: [{ id: 'FoundLostBy' }] }", true)]
    [InlineData("{ dir: 'in', meaning: 'AlreadyReceived' }", true)]
    [InlineData("{ dir: 'in', meaning: 'FinAgain' }", true)]
    [InlineData("{ dir: 'in', meaning: 'DuplicateAck' }", false)]
    [InlineData("{ dir: 'in', reason: 'FastRetransmit' }", false)]
    public Task A_retransmission_is_known_by_its_reason(string more, bool isOne) => AssertAsync(
        isOne ? "true" : "false", $"return isRetransmission(seg(2, {more}));");

    private async Task AssertAsync(string json, string body) =>
        Assert.Equal(json, await modules.RunAsync($"async () => {{ {Events} {body} }}"));
}
