using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using UserTcp.Impairment;

namespace UserTcp.Simulation;

/// <summary>Saves and loads scenarios as JSON. Regressions are files of it.</summary>
public static class ScenarioJson
{
    /// <summary>Makes the types of a scenario with the defaults of their properties.</summary>
    private static readonly Dictionary<Type, Func<object>> Factories = new()
    {
        [typeof(Scenario)] = static () => new Scenario(),
        [typeof(HostPlan)] = static () => new HostPlan(),
        [typeof(HostFaults)] = static () => new HostFaults(),
        [typeof(ModelPlan)] = static () => new ModelPlan(),
        [typeof(ConnectionPlan)] = static () => new ConnectionPlan(),
        [typeof(EndPlan)] = static () => new EndPlan(),
    };

    private static readonly JsonTypeInfo<Scenario> Contract = CreateContract();

    /// <summary>The JSON of a scenario.</summary>
    public static string Write(Scenario scenario) => JsonSerializer.Serialize(scenario, Contract) + "\n";

    /// <summary>The scenario that <see cref="Write"/> has written.</summary>
    /// <exception cref="JsonException">The string is not a scenario.</exception>
    public static Scenario Read(string text) =>
        JsonSerializer.Deserialize(text, Contract) ?? throw new JsonException("A scenario is a JSON object.");

    private static JsonTypeInfo<Scenario> CreateContract()
    {
        var options = new JsonSerializerOptions(ScenarioJsonContext.Default.Options)
        {
            TypeInfoResolver = ScenarioJsonContext.Default.WithAddedModifier(KeepDefaults),
        };
        return (JsonTypeInfo<Scenario>)options.GetTypeInfo(typeof(Scenario));
    }

    /// <summary>
    /// Generated contracts give an init-only property that the JSON does not name the default of its type. A scenario
    /// keeps the default of the property: some JSON files are older than some properties.
    /// </summary>
    private static void KeepDefaults(JsonTypeInfo type)
    {
        if (!Factories.TryGetValue(type.Type, out var create))
            return;
        type.CreateObject = create;
        foreach (var property in type.Properties)
        {
            if (property.AttributeProvider is PropertyInfo { CanWrite: true } member)
                property.Set = member.SetValue;
        }
    }
}

/// <summary>The contracts of a scenario's types, generated so that a native program has them.</summary>
[JsonSourceGenerationOptions(
    WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, UseStringEnumConverter = true,
    Converters = [typeof(ImpairmentConverter), typeof(FiniteNumberConverter)])]
[JsonSerializable(typeof(Scenario))]
internal sealed partial class ScenarioJsonContext : JsonSerializerContext;

/// <summary>A link's impairment in the form that <c>--impair</c> takes.</summary>
internal sealed class ImpairmentConverter : JsonConverter<LinkImpairment>
{
    public override LinkImpairment Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        LinkImpairment.TryParse(reader.GetString() ?? "", out var impairment, out var problem)
            ? impairment
            : throw new JsonException(problem);

    public override void Write(Utf8JsonWriter writer, LinkImpairment value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}

/// <summary>
/// A fraction or a rate. JSON has no infinity, but a reader takes 1e999 for one, so that number is refused when read:
/// a scenario that was read can be written.
/// </summary>
internal sealed class FiniteNumberConverter : JsonConverter<double>
{
    public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.GetDouble() is var number && double.IsFinite(number)
            ? number
            : throw new JsonException("The number is beyond 1.7e308. Give a smaller one.");

    public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options) =>
        writer.WriteNumberValue(value);
}
