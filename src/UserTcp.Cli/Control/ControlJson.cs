using System.Text.Json.Serialization;
using UserTcp.Cli.Doctor;
using UserTcp.Cli.Services.Http;

namespace UserTcp.Cli.Control;

/// <summary>The types that the command writes or reads as JSON.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ConnectionRow[]))]
[JsonSerializable(typeof(Dictionary<string, long>))]
[JsonSerializable(typeof(UploadReceipt))]
[JsonSerializable(typeof(ReadyNotice))]
[JsonSerializable(typeof(StackNotice))]
[JsonSerializable(typeof(DoctorReport))]
[JsonSerializable(typeof(LinkNotice))]
internal sealed partial class ControlJson : JsonSerializerContext;
