using UserTcp.Capture.Reading;

namespace UserTcp.Capture;

/// <summary>
/// The custom option of pcapng that holds an event: a prefix, then the JSON of <see cref="EventJson"/> in UTF-8. The
/// private enterprise number is that of documentation (RFC 5612), so the prefix tells our options from others with it
/// (docs/decisions/0055).
/// </summary>
internal static class EventOption
{
    /// <summary>The number that RFC 5612 reserves for documentation.</summary>
    public const uint EnterpriseNumber = 32473;

    /// <summary>Max bytes of the JSON: an option has 16 bits for its length.</summary>
    public const int MaxLength = 65_000;

    /// <summary>The bytes before the JSON.</summary>
    public static ReadOnlySpan<byte> Prefix => "UserTcp\0"u8;

    /// <summary>The JSON of an option; false for another option.</summary>
    public static bool TryRead(CustomOption option, out ReadOnlyMemory<byte> json)
    {
        var isOurs = option.EnterpriseNumber == EnterpriseNumber && option.Value.Span.StartsWith(Prefix);
        json = isOurs ? option.Value[Prefix.Length..] : default;
        return isOurs;
    }
}
