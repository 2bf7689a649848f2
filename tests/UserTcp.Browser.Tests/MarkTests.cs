using Microsoft.Playwright;
using UserTcp.Browser.Tests.Kit;
using Xunit;

namespace UserTcp.Browser.Tests;

/// <summary>A segment that is selected, or under the pointer, in one view is marked in all.</summary>
public sealed class MarkTests(OneLab lab) : PageTests(lab), IClassFixture<OneLab>
{
    /// <summary>Pixels of the plot that have the colour of rings around selected segments.</summary>
    private const string Ring =
        """
        () => {
          const probe = document.createElement('i');
          probe.style.color = getComputedStyle(document.documentElement).getPropertyValue('--focus');
          document.body.append(probe);
          const [r, g, b] = getComputedStyle(probe).color.match(/\d+/g).map(Number);
          probe.remove();
          const canvas = document.querySelector('#plot-canvas');
          const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
          let count = 0;
          for (let at = 0; at < data.length; at += 4)
            count += data[at] === r && data[at + 1] === g && data[at + 2] === b;
          return count;
        }
        """;

    [Fact]
    public async Task A_row_that_is_selected_is_marked_in_the_sequence_space_and_in_the_plot()
    {
        var tab = await OpenAsync();
        await TransferAsync(tab, "1000");
        await tab.Page.SelectOptionAsync("#plot-direction", "out");
        await tab.UntilAsync($"() => ({Ring})() === 0");
        var number = await LastDataRowAsync(tab);

        await tab.Page.ClickAsync($"#event-{number}");

        await tab.UntilAsync("n => document.querySelector(`#event-${n}`).ariaSelected === 'true'", number);
        await tab.UntilAsync("() => document.querySelector('#space-out .range-selected')");
        await tab.UntilAsync($"() => ({Ring})() > 0");
        Assert.Contains("len", await tab.WordsOfAsync("#details-body .headline"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_row_under_the_pointer_is_marked_in_the_sequence_space()
    {
        var tab = await OpenAsync();
        await TransferAsync(tab, "1000");
        var number = await LastDataRowAsync(tab);

        await tab.Page.HoverAsync($"#event-{number}");
        await tab.UntilAsync("() => document.querySelector('#space-out .range-hovered')");
        Assert.Equal(number, await StateAsync<int?>(tab, "hovered"));

        await tab.Page.HoverAsync("h1");
        await tab.UntilAsync("() => !document.querySelector('#space-out .range-hovered')");
    }

    [Fact]
    public async Task A_segment_under_the_pointer_in_the_plot_is_marked_in_the_other_views()
    {
        var tab = await OpenAsync();
        await TransferAsync(tab);
        await tab.Page.SelectOptionAsync("#ladder-filter", "segments");
        // The plot's columns, from the end of the transfer, which is in the ladder's sight.
        var place = await FindAsync(
            tab, "#plot-canvas",
            box => Enumerable.Range(0, (int)box.Width / 12).Select(column => box.Width - (6 * column))
                .SelectMany(x => new[] { (x, 2f), (x, box.Height - 2) }));

        await tab.Page.Mouse.MoveAsync(place.X, place.Y);

        await tab.UntilAsync("n => document.querySelector(`#event-${n}`)?.matches('.hovered')", place.Number);
        await tab.Page.Mouse.DownAsync();
        await tab.Page.Mouse.UpAsync();
        await tab.UntilAsync("n => document.querySelector(`#event-${n}`)?.ariaSelected === 'true'", place.Number);
    }

    [Fact]
    public async Task A_byte_under_the_pointer_in_the_sequence_space_marks_its_segment()
    {
        var tab = await OpenAsync();
        await TransferAsync(tab);
        // All is acknowledged: the last segments lie at the left.
        var place = await FindAsync(
            tab, "#space-out svg", box => [(2, box.Height / 2), (box.Width / 4, box.Height / 2)], needsRow: false);

        await tab.Page.Mouse.MoveAsync(place.X, place.Y);
        await tab.UntilAsync("() => document.querySelector('#space-out .range-hovered')");
        await tab.Page.Mouse.DownAsync();
        await tab.Page.Mouse.UpAsync();

        await tab.UntilAsync("() => document.querySelector('#space-out .range-selected')");
        await tab.Keyboard.PressAsync("l");
        await tab.UntilAsync(
            """
            async () => {
              const { app } = await import('/app.js');
              return app.selected !== null && document.querySelector(`#event-${app.selected}`)?.ariaSelected === 'true';
            }
            """);
    }

    /// <summary>The last row with data that we have sent.</summary>
    private static async Task<int> LastDataRowAsync(Tab tab)
    {
        await tab.Page.SelectOptionAsync("#ladder-filter", "segments");
        const string Last =
            "[...document.querySelectorAll('#ladder-list .row.arrow')]"
            + ".filter(row => row.querySelector('.wire.out') && / len /.test(row.textContent))"
            + ".map(row => Number(row.dataset.n)).sort((a, b) => a - b).at(-1)";
        await tab.UntilAsync($"() => {Last} > 0");
        return await tab.ReadAsync<int>($"() => {Last}");
    }

    /// <summary>
    /// Moves the pointer over a picture until it finds a segment, if asked one whose row is in sight.
    /// </summary>
    private static async Task<Place> FindAsync(
        Tab tab, string picture, Func<LocatorBoundingBoxResult, IEnumerable<(float X, float Y)>> path,
        bool needsRow = true)
    {
        await tab.Page.Locator(picture).ScrollIntoViewIfNeededAsync();
        var box = (await tab.Page.Locator(picture).BoundingBoxAsync())!;
        await tab.Page.Mouse.MoveAsync(box.X + 1, box.Y + 1);
        await tab.DoAsync(
            """
            async needsRow => {
              const { app, on } = await import('/app.js');
              window.pointer = null;
              window.found = null;
              document.addEventListener('pointermove', event => { pointer = event; }, true);
              on('hovered', () => {
                if (!found && app.hovered !== null
                  && (!needsRow || document.querySelector(`#event-${app.hovered}`)))
                  found = { x: pointer.clientX, y: pointer.clientY, number: app.hovered };
              });
            }
            """,
            needsRow);
        foreach (var (x, y) in path(box))
        {
            await tab.Page.Mouse.MoveAsync(box.X + x, box.Y + y, new() { Steps = 24 });
            if (await tab.ReadAsync<Place?>("() => window.found") is { } place)
                return place;
        }

        throw new InvalidOperationException($"No segment under the pointer in {picture}");
    }

    private sealed class Place
    {
        public float X { get; set; }

        public float Y { get; set; }

        public int Number { get; set; }
    }
}
