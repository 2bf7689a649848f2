using UserTcp.Conventions.Tests.Samples;
using UserTcp.Conventions.Tests.Support;
using Xunit;

namespace UserTcp.Conventions.Tests;

/// <summary>README's C# is compiled and run in this project.</summary>
public class SampleTests
{
    private const string Source = "tests/UserTcp.Conventions.Tests/Samples/ReadmeSamples.cs";
    private const string Begin = "// README";
    private const string End = "// README ends";

    [Fact]
    public void README_quotes_the_samples_word_for_word() =>
        Assert.Equal(CompiledSamples(), new Markdown("README.md").Blocks("csharp").Select(block => block.Text));

    [Theory]
    [InlineData("docs/virtual-network.md")]
    [InlineData("src/UserTcp.Testing/README.md")]
    public void The_first_lost_packet_is_that_of_the_sample(string file) =>
        Assert.Equal(FirstLostPacket(), new Markdown(file).Blocks("csharp").First().Text);

    [Fact]
    public async Task Two_stacks_in_memory_say_hello() =>
        Assert.Equal("hello", await ReadmeSamples.TwoStacksInMemory());

    [Fact]
    public Task Stacks_start_on_a_bad_network() => ReadmeSamples.BadNetwork();

    /// <summary>The test of the sample as a statement.</summary>
    private static string FirstLostPacket()
    {
        var lines = Repository.Read("samples/FirstLostPacket/FirstLostPacketTests.cs").Split('\n')
            .SkipWhile(line => !line.Contains("VirtualNetwork.RunAsync", StringComparison.Ordinal)).ToList();
        var body = lines.Skip(1).Take(lines.IndexOf("    });"));
        return "await VirtualNetwork.RunAsync(async network =>\n" + string.Join('\n', WithoutIndent([.. body]));
    }

    private static List<string> CompiledSamples()
    {
        var samples = new List<string>();
        var sample = new List<string>();
        var inside = false;
        foreach (var line in Repository.Read(Source).Split('\n'))
        {
            switch (line.Trim())
            {
                case Begin:
                    inside = true;
                    break;
                case End:
                    inside = false;
                    samples.Add(string.Join('\n', WithoutIndent(sample)));
                    sample.Clear();
                    break;
                case var _ when inside:
                    sample.Add(line);
                    break;
            }
        }

        return samples;
    }

    private static IEnumerable<string> WithoutIndent(List<string> lines)
    {
        var indent = lines.Where(line => line.Length > 0).Min(line => line.Length - line.TrimStart(' ').Length);
        return lines.Select(line => line.Length > indent ? line[indent..] : "");
    }
}
