using System.Globalization;

namespace UserTcp.Capture.Pictures;

/// <summary>Maps values to pixels, and finds the values that people want to read.</summary>
/// <param name="Min">The value at <paramref name="From"/>.</param>
/// <param name="Max">The value at <paramref name="To"/>.</param>
/// <param name="From">A pixel.</param>
/// <param name="To">Another pixel.</param>
internal readonly record struct Axis(double Min, double Max, double From, double To)
{
    /// <summary>The pixel of a value.</summary>
    public double this[double value] => From + ((value - Min) / Math.Max(Max - Min, double.Epsilon) * (To - From));

    /// <summary>Multiples of 1, 2 or 5 with a power of ten, at a distance of that many pixels or more.</summary>
    public IReadOnlyList<double> Ticks(double pixels)
    {
        var count = Math.Max(1, Math.Floor(Math.Abs(To - From) / pixels));
        var step = NiceStep((Max - Min) / count);
        var ticks = new List<double>();
        for (var i = Math.Ceiling(Min / step); i * step <= Max + (step * 1e-9); i++)
            ticks.Add(i * step);
        return ticks;
    }

    /// <summary>The first multiple of 1, 2 or 5 with a power of ten that is not below a positive value.</summary>
    public static double NiceStep(double value)
    {
        if (value <= 0)
            return 1;
        var power = Math.Pow(10, Math.Floor(Math.Log10(value)));
        var digit = value / power;
        return power * (digit <= 1.000001 ? 1 : digit <= 2.000001 ? 2 : digit <= 5.000001 ? 5 : 10);
    }

    /// <summary>Bytes as people read them: "1,500" is "1.5 kB".</summary>
    public static string Bytes(double bytes) => Math.Abs(bytes) switch
    {
        >= 1e9 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.###} GB"),
        >= 1e6 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.###} MB"),
        >= 1e3 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e3:0.###} kB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes:0.###} B"),
    };

    /// <summary>Seconds as people read them.</summary>
    public static string Seconds(double seconds) => Math.Abs(seconds) switch
    {
        0 => "0",
        >= 1 => string.Create(CultureInfo.InvariantCulture, $"{seconds:0.###} s"),
        >= 1e-3 => string.Create(CultureInfo.InvariantCulture, $"{seconds * 1e3:0.###} ms"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{seconds * 1e6:0.###} µs"),
    };
}
