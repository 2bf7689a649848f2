using System.Globalization;
using System.Text.Json;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Capture;

/// <summary>
/// Reads fields of the JSON of events. A field that has another type or an unknown name is an error of the JSON, which
/// <see cref="IsError"/> recognizes.
/// </summary>
internal static class JsonFields
{
    /// <summary>True for an exception that says that the JSON is not an event.</summary>
    public static bool IsError(Exception exception) => exception is JsonException or FormatException
        or OverflowException or KeyNotFoundException or InvalidOperationException or ArgumentException
        or IndexOutOfRangeException;

    /// <summary>
    /// Characters that are printed to a terminal: one that controls it is an error, since the JSON may be anybody's.
    /// </summary>
    public static string Printable(string value) => value.Any(char.IsControl)
        ? throw new FormatException("it has control characters")
        : value;

    public static long? Number(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) ? value.GetInt64() : null;

    /// <summary>A time span in nanoseconds; zero without the field.</summary>
    public static TimeSpan Span(JsonElement json, string name) =>
        TimeSpan.FromTicks((Number(json, name) ?? 0) / TimeSpan.NanosecondsPerTick);

    /// <summary>An absolute sequence number; null without the field.</summary>
    public static SeqNum? Isn(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) ? new SeqNum(value.GetUInt32()) : null;

    /// <summary>A number relative to an initial one, or "#" and an absolute one; zero without the field.</summary>
    public static SeqNum Seq(JsonElement json, string name, SeqNum? initial)
    {
        if (!json.TryGetProperty(name, out var value))
            return default;
        return value.ValueKind == JsonValueKind.Number
            ? (initial ?? default) + value.GetUInt32()
            : Seq(value.GetString() ?? "", initial);
    }

    /// <summary>Blocks, as "1001-2001, 3001-4001"; none without the field.</summary>
    public static SackBlocks Blocks(JsonElement json, string name, SeqNum? initial)
    {
        var blocks = default(SackBlocks);
        if (!json.TryGetProperty(name, out var list))
            return blocks;
        foreach (var block in (list.GetString() ?? "").Split(", ").Select(range => range.Split('-')))
            blocks.TryAdd(new SackBlock(Seq(block[0], initial), Seq(block[^1], initial)));
        return blocks;
    }

    /// <summary>A value of an enumeration, by its name.</summary>
    public static T Name<T>(JsonElement json, string name)
        where T : struct, Enum => Name<T>(json.GetProperty(name).GetString() ?? "");

    /// <summary>A value of an enumeration, by its name; the default without the field.</summary>
    public static T OptionalName<T>(JsonElement json, string name)
        where T : struct, Enum => json.TryGetProperty(name, out _) ? Name<T>(json, name) : default;

    /// <summary>A value of an enumeration, by its name: numbers are none.</summary>
    public static T Name<T>(string name)
        where T : struct, Enum =>
        Enum.TryParse<T>(name, out var value) && Enum.IsDefined(value) && value.ToString() == name
            ? value
            : throw new FormatException($"'{name}' is no {typeof(T).Name}");

    /// <summary>What an arrival meant: names with commas between them.</summary>
    public static SegmentMeaning Meanings(string names) => names.Split(", ")
        .Aggregate(SegmentMeaning.None, (meanings, name) => meanings | Name<SegmentMeaning>(name));

    private static SeqNum Seq(string number, SeqNum? initial) => number is ['#', .. var absolute]
        ? new SeqNum(uint.Parse(absolute, NumberStyles.None, CultureInfo.InvariantCulture))
        : (initial ?? default) + uint.Parse(number, NumberStyles.None, CultureInfo.InvariantCulture);
}
