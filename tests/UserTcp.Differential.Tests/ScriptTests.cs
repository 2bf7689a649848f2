using UserTcp.Differential.Generating;
using UserTcp.Differential.Scripts;
using Xunit;

namespace UserTcp.Differential.Tests;

/// <summary>Parsing, generating and shrinking of scripts.</summary>
public sealed class ScriptTests
{
    [Theory]
    [InlineData("call listen\nbark\n", 2, "a step is one of: inject, call, expect, wait")]
    [InlineData("inject SIN seq=0\n", 1, "there is no flag 'SIN'")]
    [InlineData("\ncall send much\n", 2, "say how much: call send 100")]
    [InlineData("engine: expect nothing\n", 1, "the RFC's section that allows it")]
    [InlineData("inject ACK seq=edges\n", 1, "write seq=100, seq=sent-5 or seq=acked+10")]
    [InlineData("stack\n", 1, "write: stack 4294967292")]
    public void A_wrong_line_is_reported_with_the_remedy(string text, int line, string remedy)
    {
        var problem = Assert.Throws<ScriptException>(() => Script.Parse(text));

        Assert.Equal(line, problem.Line);
        Assert.Contains(remedy, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_seed_always_makes_the_same_script_which_round_trips()
    {
        for (var seed = 1UL; seed <= 200; seed++)
        {
            var text = Generator.FromSeed(seed).ToString();
            Assert.Equal(text, Generator.FromSeed(seed).ToString());
            Assert.Equal(text, Script.Parse(text).ToString());
        }
    }

    [Fact]
    public void A_difference_is_shrunk_to_the_steps_that_show_it()
    {
        const string Handshake =
            "peer 4294967292\ncall listen\ninject SYN seq=0 mss=1460\ninject ACK seq=1 ack=1\ncall accept\n";
        var script = Script.Parse(
            Handshake + "call nodelay\ncall send 500\ninject ACK\ncall shutdown\ninject FIN,ACK data=10\n");

        var small = Shrinker.Shrink(script, candidate =>
            candidate.Steps.Any(step => step is CallStep { Call: UserCall.Send })
            && candidate.Steps.Any(step => step is InjectStep { Flags: Wire.TcpFlags.Syn }));

        Assert.Equal("peer 4294967292\nstack 2147483644\ninject SYN seq=0\ncall send 1\n", small.ToString());
    }
}
