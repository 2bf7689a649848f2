using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Security;
using UserTcp.Wire;

namespace UserTcp.Recording;

/// <summary>What the engines of a recording were created with.</summary>
internal sealed record RecordingHeader
{
    /// <summary><see cref="RecordingFormat.Version"/>.</summary>
    public int Format { get; init; }

    /// <summary>The version of UserTcp that has recorded.</summary>
    public string Version { get; init; } = "";

    /// <summary>The device's name.</summary>
    public string Device { get; init; } = "";

    /// <summary>When the recording has begun.</summary>
    public DateTimeOffset StartedAt { get; init; }

    /// <summary>The stack's addresses.</summary>
    public IReadOnlyList<string> Addresses { get; init; } = [];

    /// <summary>The links, one for each engine.</summary>
    public IReadOnlyList<RecordedLink> Links { get; init; } = [];

    /// <summary>The options of the engines.</summary>
    public EngineOptions Options { get; init; } = new();

    /// <summary>The keys of the engines, two numbers each, as hexadecimal digits.</summary>
    public string Keys { get; init; } = "";

    public IReadOnlyList<IpAddress> GetAddresses() => Parse(Addresses);

    public EngineKeys GetKeys()
    {
        var secret = Convert.FromHexString(Keys);
        return EngineKeys.FromSecret(secret);
    }

    public static string Hex(EngineKeys keys)
    {
        var secret = new byte[EngineKeys.SecretLength];
        keys.CopyTo(secret);
        return Convert.ToHexString(secret);
    }

    /// <exception cref="InvalidDataException">One is no IP address.</exception>
    public static IReadOnlyList<IpAddress> Parse(IReadOnlyList<string> addresses) =>
    [
        .. addresses.Select(address => IPAddress.TryParse(address, out var parsed)
            ? IpAddress.From(parsed)
            : throw new InvalidDataException($"its header has '{address}' where an IP address belongs")),
    ];
}

/// <summary>The properties of a link.</summary>
internal sealed record RecordedLink
{
    /// <inheritdoc cref="LinkProperties.Mtu"/>
    public int Mtu { get; init; }

    /// <inheritdoc cref="LinkProperties.ChecksumOffload"/>
    public bool ChecksumOffload { get; init; }

    /// <inheritdoc cref="LinkProperties.SegmentationOffload"/>
    public bool SegmentationOffload { get; init; }

    /// <inheritdoc cref="LinkProperties.BroadcastAddresses"/>
    public IReadOnlyList<string> BroadcastAddresses { get; init; } = [];

    public static RecordedLink Of(LinkProperties link) => new()
    {
        Mtu = link.Mtu,
        ChecksumOffload = link.ChecksumOffload,
        SegmentationOffload = link.SegmentationOffload,
        BroadcastAddresses = [.. link.BroadcastAddresses.Select(address => address.ToString())],
    };

    public LinkProperties ToProperties() => new(Mtu, ChecksumOffload, SegmentationOffload)
    {
        BroadcastAddresses = RecordingHeader.Parse(BroadcastAddresses),
    };
}

/// <summary>The parts of a recording that are JSON, and what is wrong with them.</summary>
internal static class RecordingJson
{
    public static byte[] Write(RecordingHeader header) =>
        JsonSerializer.SerializeToUtf8Bytes(header, RecordingJsonContext.Default.RecordingHeader);

    public static byte[] Write(ConnectionOptions options) =>
        JsonSerializer.SerializeToUtf8Bytes(options, RecordingJsonContext.Default.ConnectionOptions);

    /// <exception cref="InvalidDataException">The bytes are not the JSON of a header.</exception>
    public static RecordingHeader ReadHeader(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return JsonSerializer.Deserialize(bytes, RecordingJsonContext.Default.RecordingHeader)
                ?? throw new InvalidDataException("the header is null");
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException or NotSupportedException)
        {
            throw new InvalidDataException($"the header cannot be read: {exception.Message}", exception);
        }
    }

    /// <exception cref="InvalidDataException">The bytes are not the JSON of a connection's options.</exception>
    public static ConnectionOptions ReadOptions(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return JsonSerializer.Deserialize(bytes, RecordingJsonContext.Default.ConnectionOptions)
                ?? throw new InvalidDataException("the options of a connection are null");
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException or NotSupportedException)
        {
            throw new InvalidDataException(
                $"the options of a connection cannot be read: {exception.Message}", exception);
        }
    }
}

/// <summary>The contracts of the JSON, generated so that a native program has them.</summary>
[JsonSourceGenerationOptions(
    UseStringEnumConverter = true, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(RecordingHeader))]
[JsonSerializable(typeof(ConnectionOptions))]
internal sealed partial class RecordingJsonContext : JsonSerializerContext;
