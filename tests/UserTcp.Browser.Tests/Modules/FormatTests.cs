using UserTcp.Browser.Tests.Kit;
using Xunit;

namespace UserTcp.Browser.Tests.Modules;

/// <summary>format.js: numbers, times and sizes as words.</summary>
[Collection(ModulePage.Name)]
public sealed class FormatTests(ModulePage modules)
{
    [Theory]
    [InlineData("number(0)", "0")]
    [InlineData("number(1448)", "1,448")]
    [InlineData("number(-1234567)", "-1,234,567")]
    [InlineData("span(85_000)", "85 µs")]
    [InlineData("span(38_200_000)", "38.2 ms")]
    [InlineData("span(40_000_000)", "40 ms")]
    [InlineData("span(1_204_000_000)", "1.204 s")]
    [InlineData("span(75e9)", "75 s")]
    [InlineData("since(0)", "+0.000 ms")]
    [InlineData("since(4_463_000)", "+4.463 ms")]
    [InlineData("since(1_500_000_000)", "+1.5000 s")]
    [InlineData("share(3.1e9, 4e9)", "3.1")]
    [InlineData("share(2e6, 9e6)", "2")]
    [InlineData("bytes(9_999)", "9,999 B")]
    [InlineData("bytes(10_240)", "10 kB")]
    [InlineData("bytes(1_048_576)", "1 MB")]
    [InlineData("bytes(1_572_864)", "1.5 MB")]
    [InlineData("bytes(100 * 1_048_576)", "100 MB")]
    [InlineData("tick(2_500_000, 500_000)", "2.5 ms")]
    [InlineData("tick(3e9, 1e9)", "3 s")]
    [InlineData("tick(3_000, 1_000)", "3 µs")]
    [InlineData("trim(2.50, 2)", "2.5")]
    public async Task A_value_becomes_words(string call, string words) => Assert.Equal(
        words, await modules.RunAsync<string>($"async () => (await import('/format.js')).{call}"));

    [Theory]
    [InlineData("1-1449, 2897-4345", "[[1,1449],[2897,4345]]")]
    [InlineData("", "[]")]
    [InlineData("none", "[]")]
    [InlineData("5-5, 9-3", "[]")]
    public async Task Ranges_are_read(string words, string ranges) => Assert.Equal(
        ranges, await modules.RunAsync("async words => (await import('/format.js')).ranges(words)", words));

    [Fact]
    public async Task A_step_is_round_and_few_of_them_fill_the_range()
    {
        var wrong = await modules.RunAsync<double[]>(
            """
            async () => {
              const { step } = await import('/format.js');
              const wrong = [];
              for (let range = 0.001; range < 1e12; range *= 1.37) {
                const size = step(range, 8);
                const digit = size / 10 ** Math.floor(Math.log10(size) + 1e-9);
                const count = range / size;
                if (![1, 2, 5].some(wanted => Math.abs(digit - wanted) < 1e-6) || count > 8.001 || count < 3)
                  wrong.push(range);
              }
              return wrong;
            }
            """);

        Assert.Empty(wrong);
    }

    [Fact]
    public async Task Each_state_of_RFC_9293_has_a_colour()
    {
        var classes = await modules.RunAsync<string[]>(
            """
            async () => {
              const { stateClass } = await import('/format.js');
              return ['CLOSED', 'LISTEN', 'SYN-SENT', 'SYN-RECEIVED', 'ESTABLISHED', 'FIN-WAIT-1', 'FIN-WAIT-2',
                'CLOSING', 'CLOSE-WAIT', 'LAST-ACK', 'TIME-WAIT'].map(stateClass);
            }
            """);

        Assert.Equal(
            [
                "st-closed", "st-listen", "st-opening", "st-opening", "st-established", "st-closing", "st-closing",
                "st-closing", "st-peerclosed", "st-peerclosed", "st-waiting",
            ],
            classes);
    }
}
