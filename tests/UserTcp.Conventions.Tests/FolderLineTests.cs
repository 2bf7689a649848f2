using UserTcp.Conventions.Tests.Support;
using Xunit;

namespace UserTcp.Conventions.Tests;

/// <summary>Inside an assembly, folders depend on each other one way.</summary>
public class FolderLineTests
{
    /// <summary>
    /// The folders of each assembly in layers, lowest first. A folder uses only lower layers; folders of one layer do
    /// not use each other. Files outside of folders are on top, and may use everything. In UserTcp public types
    /// have the assembly's namespace, whatever their folder is.
    /// </summary>
    private static readonly Dictionary<string, string[][]> Layers = new()
    {
        ["UserTcp.Engine"] =
        [
            ["Contract"],
            ["Security", "Timers"],
            ["Buffers"],
            ["Congestion"],
            ["Recovery", "PathMtu"],
            ["Tables", "FastOpen", "Icmp", "Udp", "Reassembly"],
            ["State"],
            ["Diagnostics", "Faults"],
            ["Input"],
            ["Calls", "Timeouts"],
            ["Output"],
            ["Recording"],
        ],
        ["UserTcp"] =
        [
            ["Errors", "Links", "Diagnostics"],
            ["Telemetry"],
            ["Faults"],
            ["Buffers", "Requests"],
            ["Connections"],
            ["Listening", "Connecting", "Datagrams"],
            ["Recording"],
            ["Loop"],
        ],
    };

    public static TheoryData<string> Assemblies => [.. Layers.Keys];

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void Every_folder_has_a_layer(string assembly)
    {
        var folders = FolderUses.Of(assembly).Folders;

        Assert.Equal(Layers[assembly].SelectMany(layer => layer).Order(StringComparer.Ordinal), folders);
    }

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void Folders_use_only_lower_layers(string assembly)
    {
        var layers = Layers[assembly].SelectMany((folders, layer) => folders.Select(folder => (folder, layer)))
            .Append((folder: FolderUses.Top, layer: Layers[assembly].Length))
            .ToDictionary(pair => pair.folder, pair => pair.layer);
        var uses = FolderUses.Of(assembly).All;

        Assert.NotEmpty(uses);
        Expect.None(
            uses.Where(use => layers[use.From] <= layers[use.To])
                .Select(use => $"{use.From} uses {use.To}: {use.Place}"),
            "Move the type to a lower layer, or pass what it needs as an argument:");
    }
}
