using UserTcp.Browser.Tests.Kit;
using Xunit;

namespace UserTcp.Browser.Tests.Modules;

/// <summary>scenario.js and impairment.js: what is written is read again.</summary>
[Collection(ModulePage.Name)]
public sealed class LinkTests(ModulePage modules)
{
    private const int Count = 2000;

    /// <summary>Random numbers from a seed, so that a failure repeats.</summary>
    private const string Random =
        """
        let seed = 1;
        const random = below => {
          seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
          return Math.floor(seed / 2 ** 32 * below);
        };
        const some = list => list.filter(() => random(2) === 0);
        const one = list => list[random(list.length)];
        """;

    [Fact]
    public async Task A_scenario_that_is_written_is_read_again()
    {
        var wrong = await modules.RunAsync<string[]>(
            $$"""
            async count => {
              {{Random}}
              const { read, write } = await import('/scenario.js');
              const signs = [...'ab19=&#%+,:/? ;-_.~%3D%2C가\u{1F600}"<'];
              const value = () => Array.from({ length: 1 + random(12) }, () => one(signs)).join('');
              const wrong = [];
              for (let i = 0; i < count; i++) {
                const scenario = Object.fromEntries(
                  some(['impair', 'traffic', 'role', 'bytes', 'step', 'lesson']).map(name => [name, value()]));
                const fragment = write(scenario);
                const wanted = Object.keys(scenario).length > 0 ? scenario : null;
                const token = '0123456789abcdef';
                const [bare, whole] = [read(fragment), read(`#${token}&${fragment.slice(1)}`)];
                const same = JSON.stringify(bare) === JSON.stringify({ token: null, scenario: wanted })
                  && JSON.stringify(whole) === JSON.stringify({ token, scenario: wanted });
                if (!same)
                  wrong.push(`${JSON.stringify(scenario)} ${fragment} ${JSON.stringify(bare)}`);
              }
              return wrong;
            }
            """,
            Count);

        Assert.Empty(wrong);
    }

    [Theory]
    [InlineData("", """{"token":null,"scenario":null}""")]
    [InlineData("#", """{"token":null,"scenario":null}""")]
    [InlineData("#abc", """{"token":"abc","scenario":null}""")]
    [InlineData("#abc&lesson=handshake", """{"token":"abc","scenario":{"lesson":"handshake"}}""")]
    [InlineData("#traffic=chat&other=1", """{"token":null,"scenario":{"traffic":"chat"}}""")]
    public async Task The_fragment_of_an_address_is_read(string fragment, string json) => Assert.Equal(
        json, await modules.RunAsync("async words => (await import('/scenario.js')).read(words)", fragment));

    [Fact]
    public async Task An_impairment_that_is_written_is_read_again()
    {
        var wrong = await modules.RunAsync<string[]>(
            $$"""
            async count => {
              {{Random}}
              const { format, parse, Sliders } = await import('/impairment.js');
              const triggers = ['drop=fin:1', 'hold=data:1:2s', 'dup=syn-ack:2:from-stack', 'corrupt=data:3'];
              const wrong = [];
              for (let i = 0; i < count; i++) {
                const values = Object.fromEntries(some(Sliders).map(({ name, steps }) => [name, one(steps.slice(1))]));
                const link = { ...parse(''), values, triggers: some(triggers), seed: one(['', '7']) };
                const words = format(link);
                const again = parse(words);
                if (format(again) !== words || JSON.stringify(again.values) !== JSON.stringify(values)
                  || JSON.stringify(again.triggers) !== JSON.stringify(link.triggers) || again.seed !== link.seed)
                  wrong.push(`${JSON.stringify(link)}: ${words}`);
              }
              return wrong;
            }
            """,
            Count);

        Assert.Empty(wrong);
    }

    [Theory]
    [InlineData("loss=3%,delay=20ms,seed=7", "loss=3%,delay=20ms,seed=7")]
    [InlineData("rate=1mbit", "rate=1mbit")]
    [InlineData("rate=2gbit", "rate=2gbit")]
    [InlineData("delay=1.5s", "delay=1500ms")]
    [InlineData("loss=burst:3, drop=fin:1", "loss=burst:3,drop=fin:1")]
    public async Task Words_that_the_sliders_do_not_know_stay(string words, string written) => Assert.Equal(
        written,
        await modules.RunAsync<string>(
            "async words => { const m = await import('/impairment.js'); return m.format(m.parse(words)); }", words));
}
