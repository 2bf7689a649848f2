using System.Xml.Linq;

namespace UserTcp.Conventions.Tests.Support;

/// <summary>The properties of a project file that conventions check.</summary>
internal sealed class Project
{
    private readonly XDocument _document;

    private Project(string path)
    {
        Path = path;
        _document = XDocument.Load(Repository.PathOf(path));
    }

    public string Path { get; }

    public string Name => System.IO.Path.GetFileNameWithoutExtension(Path);

    public string Folder => System.IO.Path.GetDirectoryName(Path)!.Replace('\\', '/');

    /// <summary>The names of the referenced projects.</summary>
    public IEnumerable<string> ProjectReferences =>
        Items("ProjectReference")
            .Select(item => System.IO.Path.GetFileNameWithoutExtension(Include(item).Replace('\\', '/')));

    public IEnumerable<XElement> PackageReferences => Items("PackageReference");

    /// <summary>The names of the assemblies with access to internals.</summary>
    public IEnumerable<string> Friends => Items("InternalsVisibleTo").Select(Include);

    public bool AllowsUnsafeBlocks => _document.Descendants("AllowUnsafeBlocks").Any(element => (bool)element);

    public static Project Of(string assembly) => new($"src/{assembly}/{assembly}.csproj");

    public static IReadOnlyList<Project> All { get; } =
        [.. Repository.Files("", ".csproj").Select(path => new Project(path))];

    public static string Include(XElement item) => (string?)item.Attribute("Include") ?? "";

    private IEnumerable<XElement> Items(string name) => _document.Descendants(name);
}
