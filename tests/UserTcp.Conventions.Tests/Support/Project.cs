using System.Xml.Linq;

namespace UserTcp.Conventions.Tests.Support;

/// <summary>A project file, as far as conventions ask about it.</summary>
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

    /// <summary>Names of the projects this one refers to.</summary>
    public IEnumerable<string> ProjectReferences =>
        Items("ProjectReference").Select(item => System.IO.Path.GetFileNameWithoutExtension(Include(item).Replace('\\', '/')));

    public IEnumerable<XElement> PackageReferences => Items("PackageReference");

    /// <summary>Names of the assemblies that see this one's internals.</summary>
    public IEnumerable<string> Friends => Items("InternalsVisibleTo").Select(Include);

    public bool AllowsUnsafeBlocks => _document.Descendants("AllowUnsafeBlocks").Any(element => (bool)element);

    public static Project Of(string assembly) => new($"src/{assembly}/{assembly}.csproj");

    public static IReadOnlyList<Project> All { get; } = [.. Repository.Files("", ".csproj").Select(path => new Project(path))];

    public static string Include(XElement item) => (string?)item.Attribute("Include") ?? "";

    private IEnumerable<XElement> Items(string name) => _document.Descendants(name);
}
