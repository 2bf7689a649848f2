namespace UserTcp.Wire.Tests;

public class PortTests
{
    [Theory]
    [InlineData(0, "0")]
    [InlineData(80, "80")]
    [InlineData(65_535, "65535")]
    public void ToString_is_the_number_in_decimal(ushort value, string text)
    {
        Assert.Equal(text, new Port(value).ToString());
        Assert.Equal(value, new Port(value).Value);
        Assert.Equal(new Port(value), new Port(value));
    }
}
