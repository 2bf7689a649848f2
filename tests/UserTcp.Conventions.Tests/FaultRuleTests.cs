using UserTcp.Conventions.Tests.Support;
using UserTcp.Testing;
using Xunit;

namespace UserTcp.Conventions.Tests;

/// <summary>The fault rules of the document about the virtual network are valid.</summary>
public class FaultRuleTests
{
    private const string Document = "docs/virtual-network.md";

    private static readonly VirtualNetworkOptions Options = new() { Level = VirtualLevel.Fates, Captures = null };

    [Fact]
    public async Task Each_rule_of_the_table_is_valid()
    {
        var rules = Repository.Read(Document).Split('\n').SkipWhile(line => line != "| rule | does |").Skip(2)
            .TakeWhile(line => line.StartsWith('|')).SelectMany(line => Markdown.CodeSpansOf(line.Split('|')[1]))
            .ToList();

        Assert.NotEmpty(rules);
        await VirtualNetwork.RunAsync(
            network =>
            {
                network.AddHost("api");
                network.AddHost("db");
                Assert.All(rules, rule => network.AddFault(rule).Optional());
                return Task.CompletedTask;
            },
            Options);
    }

    [Fact]
    public async Task The_message_of_a_rule_that_is_not_valid_is_quoted()
    {
        var result = await VirtualNetwork.TryRunAsync(
            network => Task.FromResult(network.AddFault("drop dat:3 to api")), Options);

        Assert.Contains(
            result.Error!.Message, new Markdown(Document).Blocks("").Select(block => block.Text));
    }
}
