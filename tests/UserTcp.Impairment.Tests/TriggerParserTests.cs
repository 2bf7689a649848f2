namespace UserTcp.Impairment.Tests;

/// <summary>Triggers in the string of an impairment, and the messages for invalid ones.</summary>
public class TriggerParserTests
{
    [Theory]
    [InlineData("drop=fin:1")]
    [InlineData("drop=ack-of-fin:1")]
    [InlineData("drop=data:3-5")]
    [InlineData("drop=data:3-")]
    [InlineData("drop=data:3/2")]
    [InlineData("drop=retransmission:1")]
    [InlineData("drop=rst:1,drop=syn:2,drop=any:7")]
    [InlineData("hold=seq:5001:2000ms")]
    [InlineData("hold=data:3:0.5ms:to-stack")]
    [InlineData("dup=syn-ack:1:from-stack")]
    [InlineData("reorder=data:2")]
    [InlineData("corrupt=ack:2")]
    [InlineData("mark=data:4")]
    [InlineData("loss=1%,dup=1%,seed=7,drop=fin:1,hold=data:3:200ms,dup=data:2")]
    public void A_trigger_is_written_as_it_is_read(string text)
    {
        var impairment = LinkImpairment.Parse(text);

        Assert.Equal(text, impairment.ToString());
        Assert.Equal(impairment, LinkImpairment.Parse(text));
        Assert.Equal(impairment.GetHashCode(), LinkImpairment.Parse(text).GetHashCode());
    }

    [Fact]
    public void The_parts_of_a_trigger_are_its_values()
    {
        var triggers = LinkImpairment.Parse(" hold = seq:5001:from-stack:2s , dup=data:3-5 ").Triggers;

        Assert.Equal(
            [
                new LinkTrigger(
                    LinkTriggerAction.Hold, new PacketPattern { Kind = PacketKind.Seq, Last = 1, Sequence = 5001 })
                {
                    Time = TimeSpan.FromSeconds(2),
                    Direction = LinkTriggerDirection.FromStack,
                },
                new LinkTrigger(
                    LinkTriggerAction.Duplicate, new PacketPattern { Kind = PacketKind.Data, First = 3, Last = 5 }),
            ],
            triggers);
    }

    [Fact]
    public void Another_trigger_is_another_impairment()
    {
        Assert.NotEqual(LinkImpairment.Parse("drop=fin:1"), LinkImpairment.Parse("drop=fin:2"));
        Assert.NotEqual(LinkImpairment.Parse("drop=fin:1"), LinkImpairment.None);
    }

    [Theory]
    [InlineData(
        "drop=fni:1",
        "'fni' in drop=fni:1 is not a kind of packet: use syn, syn-ack, ack, data, fin, ack-of-fin, rst, "
        + "retransmission, any, seq")]
    [InlineData("drop=5%", "'5%' in drop=5% is not a kind of packet: use syn, ")]
    [InlineData("drop", "'drop' has no value: write it as in drop=fin:1")]
    [InlineData("drop=", "'drop' has no value: write it as in drop=fin:1")]
    [InlineData("hold", "'hold' has no value: write it as in hold=data:3:200ms")]
    [InlineData("dup=fin", "'fin' in dup=fin has no number: write it as in dup=syn-ack:1")]
    [InlineData("drop=fin:", "'' is no number from 1 on (in drop=fin:)")]
    [InlineData("drop=fin:0", "'0' is no number from 1 on (in drop=fin:0)")]
    [InlineData("drop=data:5-3", "'5-3' ends before it begins (in drop=data:5-3)")]
    [InlineData("drop=data:1-2/3", "'1-2/3' are no numbers of packets: 3, 3-5, 3- or 3/2 (in drop=data:1-2/3)")]
    [InlineData("drop=data:3/", "'' is no number from 1 on (in drop=data:3/)")]
    [InlineData("drop=seq:0", "'0' is no relative sequence number from 1 to 4294967295 (in drop=seq:0)")]
    [InlineData("drop=seq:4294967296", "'4294967296' is no relative sequence number from 1 to 4294967295")]
    [InlineData("drop=fin:1:up", "'up' in drop=fin:1:up is not a direction: use from-stack or to-stack")]
    [InlineData("drop=fin:1:20ms", "'20ms' in drop=fin:1:20ms is not a direction: use from-stack or to-stack")]
    [InlineData("drop=fin:1:to-stack:to-stack", "'to-stack' in drop=fin:1:to-stack:to-stack is not a direction")]
    [InlineData("hold=data:3", "hold=data:3 has no time: write it as in hold=data:3:200ms")]
    [InlineData("hold=data:3:to-stack", "hold=data:3:to-stack has no time: write it as in hold=data:3:200ms")]
    [InlineData(
        "hold=data:3:2h",
        "'2h' in hold=data:3:2h is neither a time up to an hour, such as 20ms, 500us or 2s, nor from-stack or "
        + "to-stack")]
    [InlineData("hold=data:3:0ms", "'0ms' in hold=data:3:0ms is neither a time")]
    [InlineData("hold=data:3:1ms:2ms", "'2ms' in hold=data:3:1ms:2ms is neither a time")]
    [InlineData("drop=fin:1,drop=fin:1", "'drop=fin:1' is given twice")]
    [InlineData(
        "dup=x",
        "'x' does not fit dup=: it takes a percentage from 0% to 100%, such as 1% or 0.5%, or a packet such as data:3")]
    [InlineData("loss=fin:1", "'fin:1' does not fit loss=: it takes a percentage")]
    public void An_invalid_trigger_gets_a_message_that_names_the_word_and_the_choices(string text, string expected)
    {
        Assert.False(LinkImpairment.TryParse(text, out _, out var problem));
        Assert.StartsWith(expected, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void The_message_for_an_unknown_name_has_the_names_of_triggers()
    {
        Assert.False(LinkImpairment.TryParse("los=1%", out _, out var problem));

        Assert.EndsWith("mtu, seed, drop, hold, mark", problem, StringComparison.Ordinal);
    }
}
