using System.Text.RegularExpressions;
using UserTcp.Browser.Tests.Kit;
using Xunit;

namespace UserTcp.Browser.Tests.Modules;

/// <summary>words.js: all words of the page, in both languages.</summary>
[Collection(ModulePage.Name)]
public sealed partial class WordsTests(ModulePage modules)
{
    /// <summary>Names of things, and signs, that both languages write alike.</summary>
    private static readonly HashSet<string> Same = ["ACK", "SACK"];

    [Fact]
    public async Task Each_key_has_words_in_both_languages_with_the_same_arguments()
    {
        var table = await modules.RunAsync<Dictionary<string, string[]>>(
            "async () => Object.fromEntries((await import('/words.js')).entries())");

        Assert.True(table.Count > 150, $"{table.Count} keys");
        Assert.All(table, pair =>
        {
            Assert.Equal(2, pair.Value.Length);
            var (english, korean) = (pair.Value[0], pair.Value[1]);
            Assert.False(string.IsNullOrWhiteSpace(english), pair.Key);
            Assert.DoesNotMatch("[가-힣]", english);
            Assert.True(Hangul().IsMatch(korean) || Same.Contains(korean), $"{pair.Key}: {korean}");
            // In Korean a share may stand as the time itself.
            Assert.Subset(ArgumentsOf(english), ArgumentsOf(korean));
        });
    }

    [Fact]
    public async Task Each_key_that_the_page_names_is_in_the_table()
    {
        var missing = await modules.RunAsync<string[]>(
            """
            async () => {
              const { has } = await import('/words.js');
              const files = performance.getEntriesByType('resource').map(entry => entry.name)
                .filter(name => name.endsWith('.js'));
              const sources = await Promise.all([...files, '/'].map(async file => (await fetch(file)).text()));
              const named = sources.flatMap(source => [
                ...source.matchAll(/\bt\('([^']+)'/g), ...source.matchAll(/\bdata-(?:t|label)="([^"]+)"/g),
                ...source.matchAll(/\['(check\w+)', \{/g),
              ].map(([, key]) => key));
              if (files.length < 30 || named.length < 150)
                throw new Error(`${files.length} files name ${named.length} keys`);
              return named.filter(key => !has(key));
            }
            """);

        Assert.Empty(missing);
    }

    [Theory]
    [InlineData("en", "checkRetransmissions", "{ count: 1 }", "1 retransmission.")]
    [InlineData("en", "checkRetransmissions", "{ count: 1200 }", "1,200 retransmissions.")]
    [InlineData("ko", "checkRetransmissions", "{ count: 2 }", "재전송 2회.")]
    [InlineData("en", "checkPeerWindow", "{ time: 3.1e9, total: 4e9 }", "Limited by the receiver for 3.1 of 4 s.")]
    [InlineData("en", "checkReceiving", "{ size: 1048576, time: 2e9 }", "The peer has sent 1 MB in 2 s.")]
    [InlineData("en", "noSuchKey", "{}", "noSuchKey")]
    public async Task Arguments_are_filled_in(string language, string key, string values, string words) => Assert.Equal(
        words,
        await modules.RunAsync<string>(
            $$"""
            async () => {
              const { speak, t } = await import('/words.js');
              speak('{{language}}');
              const words = t('{{key}}', {{values}});
              speak('en');
              return words;
            }
            """));

    private static HashSet<string> ArgumentsOf(string words) =>
    [
        .. Argument().Matches(words).Select(match => match.Groups[1].Value)
            .Select(name => name == "part" ? "time" : name),
    ];

    [GeneratedRegex("[가-힣]")]
    private static partial Regex Hangul();

    /// <summary>A value; {count|one|many} only chooses words.</summary>
    [GeneratedRegex(@"\{(\w+)\}")]
    private static partial Regex Argument();
}
