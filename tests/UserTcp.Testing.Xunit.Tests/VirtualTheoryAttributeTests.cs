using Xunit;

namespace UserTcp.Testing.Xunit.Tests;

/// <summary>Data of virtual tests.</summary>
public sealed class VirtualTheoryAttributeTests
{
    public static IEnumerable<ITheoryDataRow> Rows =>
        [new TheoryDataRow<string, int>("a", 1), new TheoryDataRow<string, int>("bb", 2)];

    public static IEnumerable<object[]> Objects => [[new Opaque("a")], [new Opaque("b")]];

    [VirtualTheory]
    [InlineData(1)]
    [InlineData(2)]
    public void Data_follow_the_network(VirtualNetwork network, int number)
    {
        Assert.Empty(network.Hosts);
        Assert.InRange(number, 1, 2);
        Assert.Equal(
            $"{GetType().FullName}.{nameof(Data_follow_the_network)}(number: {number})",
            TestContext.Current.Test!.TestDisplayName);
    }

    [VirtualTheory]
    [InlineData(1)]
    public void Data_need_no_network(int number) => Assert.Equal(1, number);

    [VirtualTheory]
    [MemberData(nameof(Rows))]
    public void Data_come_from_a_member(VirtualNetwork network, string name, int length)
    {
        Assert.Empty(network.Hosts);
        Assert.Equal(length, name.Length);
    }

    [VirtualTheory]
    [MemberData(nameof(Objects))]
    public void Data_need_not_be_serializable(VirtualNetwork network, Opaque opaque)
    {
        Assert.Empty(network.Hosts);
        Assert.NotEmpty(opaque.Name);
    }

    [VirtualTheory]
    [InlineData("a")]
    public void A_parameter_may_be_optional(VirtualNetwork network, string name, int number = 3)
    {
        Assert.Empty(network.Hosts);
        Assert.Equal(("a", 3), (name, number));
    }

    [VirtualTheory]
    [InlineData(1, 2, 3)]
    public void Parameters_may_be_an_array(VirtualNetwork network, params int[] numbers)
    {
        Assert.Empty(network.Hosts);
        Assert.Equal([1, 2, 3], numbers);
    }

    /// <summary>xunit cannot write it into a test case.</summary>
    public sealed class Opaque(string name)
    {
        public string Name { get; } = name;
    }
}
