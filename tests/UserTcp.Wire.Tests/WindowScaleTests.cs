namespace UserTcp.Wire.Tests;

[Trait("RFC", "7323 section 2")]
public class WindowScaleTests
{
    [Fact]
    [Trait("RFC", "7323 section 2.3")]
    public void A_shift_above_14_counts_as_14()
    {
        for (var shift = 0; shift <= 255; shift++)
            Assert.Equal(Math.Min(shift, 14), WindowScale.FromWire((byte)shift).Shift);
        Assert.Equal(0, WindowScale.None.Shift);
        Assert.Equal(WindowScale.None, default);
    }

    [Fact]
    public void The_min_shift_that_holds_the_window_is_chosen()
    {
        for (var bits = 0; bits < 32; bits++)
        {
            foreach (var window in new[] { (1u << bits) - 1, 1u << bits, (1u << bits) + 1 })
            {
                var shift = WindowScale.ForWindow(window).Shift;
                Assert.True(window >> shift <= 0xFFFF || shift == WindowScale.MaxShift);
                Assert.True(shift == 0 || window >> (shift - 1) > 0xFFFF);
            }
        }

        Assert.Equal(0, WindowScale.ForWindow(0xFFFF).Shift);
        Assert.Equal(1, WindowScale.ForWindow(0x1_0000).Shift);
        Assert.Equal(14, WindowScale.ForWindow(uint.MaxValue).Shift);
    }

    [Fact]
    public void A_field_round_trips_with_every_shift()
    {
        for (var shift = 0; shift <= WindowScale.MaxShift; shift++)
        {
            var scale = WindowScale.FromWire((byte)shift);
            foreach (var field in new ushort[] { 0, 1, 2, 0x7FFF, 0x8000, 0xFFFE, 0xFFFF })
            {
                Assert.Equal((uint)field * (1u << shift), scale.ToOctets(field));
                Assert.Equal(field, scale.ToField(scale.ToOctets(field)));
                // Rounded down: never more than the buffer's free space.
                Assert.Equal(field, scale.ToField(scale.ToOctets(field) + (1u << shift) - 1));
            }
        }
    }

    [Fact]
    public void A_window_beyond_the_field_is_capped()
    {
        Assert.Equal(0xFFFF, WindowScale.None.ToField(0x1_0000));
        Assert.Equal(0xFFFF, WindowScale.FromWire(14).ToField(uint.MaxValue));
        Assert.Equal(1u << 30, WindowScale.FromWire(14).ToOctets(0xFFFF) + (1u << 14));
    }
}
