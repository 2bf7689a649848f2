namespace UserTcp.Wire.Tests;

public class FourTupleTests
{
    private static readonly FourTuple V4 = new(Frames.V4A, new Port(80), Frames.V4B, new Port(40_000));
    private static readonly FourTuple V6 = new(Frames.V6A, new Port(80), Frames.V6B, new Port(40_000));

    [Fact]
    public void ToString_has_the_format_of_ss()
    {
        Assert.Equal("198.18.0.1:80 198.18.0.2:40000", V4.ToString());
        Assert.Equal("[2001:db8:75::1]:80 [2001:db8:75::2]:40000", V6.ToString());
        Assert.Equal(("198.18.0.1:80", "198.18.0.2:40000"), (V4.FormatLocal(), V4.FormatRemote()));
    }

    [Fact]
    public void Tuples_that_differ_in_one_field_are_unequal()
    {
        FourTuple[] others =
        [
            V4 with { LocalAddress = Frames.Address("198.18.0.3") }, V4 with { LocalPort = new Port(81) },
            V4 with { RemoteAddress = Frames.Address("198.18.0.3") }, V4 with { RemotePort = new Port(40_001) },
            V4.Reverse, V6,
        ];

        Assert.All(others, other => Assert.NotEqual(V4, other));
        Assert.Equal(V4, V4 with { });
        Assert.Equal(V4.GetHashCode(), (V4 with { }).GetHashCode());
    }

    [Fact]
    public void The_reverse_is_the_connection_as_the_peer_names_it()
    {
        Assert.Equal("198.18.0.2:40000 198.18.0.1:80", V4.Reverse.ToString());
        Assert.Equal(V6, V6.Reverse.Reverse);
    }
}
