using System.Text.Json;
using System.Text.Json.Serialization;
using UserTcp.Impairment;

namespace UserTcp.Simulation;

/// <summary>Saves and loads scenarios as JSON. Regressions are files of it.</summary>
public static class ScenarioJson
{
    private static readonly JsonSerializerOptions Options = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Converters = { new JsonStringEnumConverter(), new ImpairmentConverter() },
    };

    /// <summary>The JSON of a scenario.</summary>
    public static string Write(Scenario scenario) => JsonSerializer.Serialize(scenario, Options) + "\n";

    /// <summary>The scenario that <see cref="Write"/> has written.</summary>
    /// <exception cref="JsonException">The string is not a scenario.</exception>
    public static Scenario Read(string text) =>
        JsonSerializer.Deserialize<Scenario>(text, Options) ?? throw new JsonException("A scenario is a JSON object.");

    private sealed class ImpairmentConverter : JsonConverter<LinkImpairment>
    {
        public override LinkImpairment Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            LinkImpairment.TryParse(reader.GetString() ?? "", out var impairment, out var problem) ? impairment : throw new JsonException(problem);

        public override void Write(Utf8JsonWriter writer, LinkImpairment value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.ToString());
    }
}
