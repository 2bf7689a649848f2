using UserTcp.Browser.Tests.Kit;
using Xunit;

namespace UserTcp.Browser.Tests.Modules;

/// <summary>stream.js and kept.js: lines of JSON as they arrive, and the events that are kept.</summary>
[Collection(ModulePage.Name)]
public sealed class StreamTests(ModulePage modules)
{
    [Fact]
    public async Task Lines_come_whole_however_they_are_cut()
    {
        var result = await modules.RunAsync(
            """
            async () => {
              const { LineQueue } = await import('/stream.js');
              const lines = Array.from({ length: 500 }, (_, n) => JSON.stringify({ n, says: 'x'.repeat(n % 37) }));
              const all = lines.join('\n');
              const wrong = [];
              for (let size = 1; size < 400; size += 7) {
                const queue = new LineQueue();
                const got = [];
                for (let at = 0; at < all.length; at += size) {
                  queue.push(all.slice(at, at + size));
                  if (at % 3 === 0)
                    queue.take(event => got.push(event.n), 1000);
                }
                queue.take(event => got.push(event.n), 1000);
                queue.finish(event => got.push(event.n));
                if (got.length !== 500 || got.some((n, place) => n !== place))
                  wrong.push(size);
              }
              return wrong;
            }
            """);

        Assert.Equal("[]", result);
    }

    [Fact]
    public async Task A_queue_that_overflows_says_how_many_lines_it_dropped()
    {
        var result = await modules.RunAsync<int[]>(
            """
            async () => {
              const { LineQueue } = await import('/stream.js');
              const queue = new LineQueue();
              const line = `${JSON.stringify({ kind: 'seg', says: 'x'.repeat(1000) })}\n`;
              for (let i = 0; i < 200; i++)
                queue.push(line.repeat(64));
              let [missed, events] = [0, 0];
              queue.take(event => event.kind === 'gap' ? missed += event.missed : events++, 60_000);
              return [missed, events, missed + events];
            }
            """);

        Assert.True(result[0] > 0 && result[1] > 0, string.Join(' ', result));
        Assert.Equal(200 * 64, result[2]);
    }

    [Fact]
    public async Task A_frame_takes_a_part_and_the_next_one_the_rest()
    {
        var result = await modules.RunAsync<int[]>(
            """
            async () => {
              const { LineQueue } = await import('/stream.js');
              const queue = new LineQueue();
              queue.push('{"n":1}\n'.repeat(100));
              let seen = 0;
              const first = queue.take(() => seen++, -1);
              const waits = queue.waits;
              while (queue.waits)
                queue.take(() => seen++, -1);
              return [first, Number(waits), seen];
            }
            """);

        Assert.Equal([32, 1, 100], result);
    }

    [Fact]
    public async Task A_line_that_is_broken_is_a_gap() => Assert.Equal(
        """[{"n":1},{"kind":"gap","missed":2},{"n":4}]""",
        await modules.RunAsync(
            """
            async () => {
              const { LineQueue } = await import('/stream.js');
              const queue = new LineQueue();
              const got = [];
              queue.push('{"n":1}\n{"n":2\nrubbish\n{"n":4}\n');
              queue.take(event => got.push(event), 1000);
              return got;
            }
            """));

    [Fact]
    public async Task Attempts_pause_longer_and_longer_up_to_a_limit()
    {
        var pauses = await modules.RunAsync<double[]>(
            "async () => { const { backoff } = await import('/stream.js'); return [0, 1, 4, 50].map(backoff); }");

        Assert.InRange(pauses[0], 375, 625);
        Assert.InRange(pauses[1], 750, 1250);
        Assert.InRange(pauses[2], 6000, 10000);
        Assert.InRange(pauses[3], 7500, 12500);
    }

    [Fact]
    public async Task Kept_elements_have_their_index_for_ever()
    {
        var wrong = await modules.RunAsync(
            """
            async () => {
              const { Kept } = await import('/kept.js');
              const kept = new Kept();
              const wrong = [];
              let first = 0;
              for (let end = 0; end < 9000; end++) {
                kept.push(end);
                if (end % 3 !== 0 && kept.shift() !== first++)
                  wrong.push(`shift ${end}`);
                const middle = (first + end) >> 1;
                if (kept.first !== first || kept.end !== end + 1 || kept.length !== end + 1 - first
                  || kept.at(first - 1) !== undefined || kept.at(middle) !== (middle < first ? undefined : middle)
                  || kept.search(value => value >= middle) !== Math.max(first, middle) || kept.last !== end)
                  wrong.push(`state ${end}`);
              }
              if ([...kept].length !== kept.length || [...kept][0] !== first)
                wrong.push('iteration');
              while (kept.length > 0)
                kept.shift();
              if (kept.shift() !== undefined || kept.last !== undefined)
                wrong.push('empty');
              return wrong;
            }
            """);

        Assert.Equal("[]", wrong);
    }
}
