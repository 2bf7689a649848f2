using UserTcp.Browser.Tests.Kit;
using Xunit;

namespace UserTcp.Browser.Tests.Modules;

/// <summary>why.js and rows.js: the chain of causes, and which events have a row.</summary>
[Collection(ModulePage.Name)]
public sealed class WhyTests(ModulePage modules)
{
    [Fact]
    public async Task A_retransmission_leads_back_to_the_frame_that_the_link_lost()
    {
        var chain = await modules.RunAsync<string[]>(
            """
            async lines => {
              const { Store, isRetransmission } = await import('/store.js');
              const { chainOf, effectsOf } = await import('/why.js');
              const store = new Store();
              for (const line of lines.split('\n'))
                store.add(JSON.parse(line));
              const [connection] = store.ordered;
              const again = [...connection.events]
                .find(one => one.kind === 'seg' && one.dir === 'out' && isRetransmission(one));
              const chain = chainOf(again, store, n => connection.verdicts.get(n) ?? []);
              const lost = chain.find(({ event }) => event?.verdict === 'Lost').event;
              const isEffect = effectsOf(store.find(again.because), connection).includes(again);
              return [...chain.map(({ relation }) => relation), `seq ${store.find(lost.of).seq - again.seq}`,
                String(isEffect)];
            }
            """,
            await modules.RecordedAsync());

        Assert.Equal("This", chain[0]);
        Assert.Contains("Because", chain);
        Assert.Contains("Verdict", chain);
        Assert.Equal(["seq 0", "true"], chain[^2..]);
    }

    [Fact]
    public async Task A_chain_ends_where_it_comes_back_and_where_nothing_is_kept() => Assert.Equal(
        """[["This",3],["Because",2],["Because",1],["Because",99]]""",
        await modules.RunAsync(
            """
            async () => {
              const { chainOf } = await import('/why.js');
              const events = { 1: { n: 1, because: 99, of: 3 }, 2: { n: 2, because: 1 }, 3: { n: 3, because: 2 } };
              return chainOf(events[3], { find: n => events[n] }, () => [])
                .map(({ relation, event, number }) => [relation, event?.n ?? number]);
            }
            """));

    [Theory]
    [InlineData("{ kind: 'seg' }", "true true true")]
    [InlineData("{ kind: 'gap' }", "true true true")]
    [InlineData("{ kind: 'link' }", "true true true")]
    [InlineData("{ kind: 'link', of: 4 }", "false false false")]
    [InlineData("{ kind: 'conn' }", "false true true")]
    [InlineData("{ kind: 'call' }", "false true true")]
    [InlineData("{ kind: 'loss' }", "false true true")]
    [InlineData("{ kind: 'state' }", "false false true")]
    [InlineData("{ kind: 'limit' }", "false false true")]
    [InlineData("{ kind: 'timer', action: 'Set', timer: 'Persist' }", "false false true")]
    [InlineData("{ kind: 'timer', action: 'Expired', timer: 'Persist' }", "false true true")]
    [InlineData("{ kind: 'timer', action: 'Expired', timer: 'Pacing' }", "false false true")]
    public async Task The_filter_shows_kinds_of_events(string one, string shown) => Assert.Equal(
        shown,
        await modules.RunAsync<string>(
            $$"""
            async () => {
              const { isShown } = await import('/rows.js');
              return ['segments', 'usual', 'all'].map(filter => isShown({{one}}, filter)).join(' ');
            }
            """));

    [Fact]
    public async Task A_row_is_made_for_each_event_of_a_connection()
    {
        var result = await modules.RunAsync<string[]>(
            """
            async lines => {
              const { Store } = await import('/store.js');
              const { makeRow } = await import('/rows.js');
              const store = new Store();
              for (const line of lines.split('\n'))
                store.add(JSON.parse(line));
              const [connection] = store.ordered;
              const rows = [...connection.events].map(event => [event, makeRow(event, undefined, connection)]);
              return rows.filter(([event, row]) => {
                const says = row.querySelector('.says, .words').textContent;
                return says.length < 4 || /undefined|NaN|null/.test(row.textContent)
                  || row.dataset.n !== String(event.n);
              }).map(([event, row]) => `${event.kind}: ${row.textContent}`);
            }
            """,
            await modules.RecordedAsync());

        Assert.Empty(result);
    }
}
