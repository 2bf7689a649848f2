using UserTcp.Conventions.Tests.Book;
using UserTcp.Conventions.Tests.Support;
using UserTcp.Engine.Contract;
using UserTcp.Engine.State;
using Xunit;

namespace UserTcp.Conventions.Tests;

/// <summary>The state diagrams are drawn from the engine's table of transitions.</summary>
public class StateDiagramTests
{
    private const string Chapter = $"{Excerpt.Folder}/8-closing.md";

    [Fact]
    public void The_picture_shows_the_table()
    {
        var actual = StateDiagram.PrintSvg();
        if (Golden.IsUpdated)
            File.WriteAllText(Repository.PathOf(StateDiagram.SvgFile), actual);

        Assert.True(
            Repository.Read(StateDiagram.SvgFile) == actual,
            $"{StateDiagram.SvgFile} is old. Write it: {Golden.UpdateCommand}");
    }

    [Fact]
    public void The_book_shows_the_table()
    {
        var actual = StateDiagram.PrintMermaid();
        if (Golden.IsUpdated)
            Assert.Single(new Markdown(Chapter).Blocks("mermaid")).Replace(actual);

        Assert.Equal(actual, Assert.Single(new Markdown(Chapter).Blocks("mermaid")).Lines);
    }

    [Fact]
    public void The_table_has_every_state_and_each_change_once()
    {
        Assert.Equal(
            Enum.GetValues<TcpState>(),
            Transitions.All.SelectMany(one => new[] { one.From, one.To }).Distinct().Order());
        Assert.Distinct(Transitions.All.Select(one => (one.From, one.To)));
        Assert.All(Transitions.All, one => Assert.True(Transitions.IsLegal(one.From, one.To)));
    }

    [Theory]
    [InlineData(TcpState.FinWait1, "FIN-WAIT-1")]
    [InlineData(TcpState.SynReceived, "SYN-RECEIVED")]
    [InlineData(TcpState.Listen, "LISTEN")]
    public void States_have_the_names_of_the_RFC(TcpState state, string expected) =>
        Assert.Equal(expected, StateDiagram.NameOf(state));
}
