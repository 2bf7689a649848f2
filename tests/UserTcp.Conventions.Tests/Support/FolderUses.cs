using System.Collections.Concurrent;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace UserTcp.Conventions.Tests.Support;

/// <summary>
/// A place where a file of one folder uses a type that is declared in another folder of the same assembly.
/// </summary>
/// <param name="From">The folder of the file.</param>
/// <param name="To">The folder of the type.</param>
/// <param name="Place">File, line and type.</param>
internal sealed record FolderUse(string From, string To, string Place);

/// <summary>
/// Which folders of an assembly use which. A use is any name in code that means a type or a member of it, written with
/// or without its namespace. Comments and <c>nameof</c> are no uses.
/// </summary>
internal sealed class FolderUses
{
    /// <summary>The folder of files that are in none.</summary>
    public const string Top = "(top)";

    private const string ImplicitUsings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    private static readonly CSharpParseOptions Options = new(LanguageVersion.Preview, DocumentationMode.None);
    private static readonly ConcurrentDictionary<string, FolderUses> Known = new();

    private readonly string _source;

    private FolderUses(string assembly)
    {
        _source = $"src/{assembly}/";
        var files = Repository.Files($"src/{assembly}", ".cs");
        var compilation = CSharpCompilation.Create(
            assembly,
            [CSharpSyntaxTree.ParseText(ImplicitUsings, Options), .. files.Select(file =>
                CSharpSyntaxTree.ParseText(Repository.Read(file), Options, file))],
            ReferencesOf(assembly),
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true));
        Folders = [.. files.Select(FolderOf).Where(folder => folder != Top).Distinct().Order(StringComparer.Ordinal)];
        All = [.. compilation.SyntaxTrees.Skip(1).SelectMany(tree => UsesOf(compilation, tree)).Distinct()];
    }

    /// <summary>Names of the assembly's folders, sorted.</summary>
    public IReadOnlyList<string> Folders { get; }

    /// <summary>All uses across folders.</summary>
    public IReadOnlyList<FolderUse> All { get; }

    public static FolderUses Of(string assembly) =>
        Known.GetOrAdd(assembly, static assembly => new FolderUses(assembly));

    private static IEnumerable<MetadataReference> ReferencesOf(string assembly) =>
        ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => Path.GetFileNameWithoutExtension(path) != assembly)
            .Select(path => MetadataReference.CreateFromFile(path));

    private IEnumerable<FolderUse> UsesOf(CSharpCompilation compilation, SyntaxTree tree)
    {
        var model = compilation.GetSemanticModel(tree);
        var from = FolderOf(tree.FilePath);
        foreach (var name in tree.GetRoot().DescendantNodes().OfType<SimpleNameSyntax>()
            .Where(name => !IsInNameof(name)))
        {
            if (DeclaringFileOf(model.GetSymbolInfo(name).Symbol) is not { } file)
                continue;
            var to = FolderOf(file);
            if (to != from)
            {
                yield return new FolderUse(
                    from, to,
                    $"{tree.FilePath}:{name.GetLocation().GetLineSpan().StartLinePosition.Line + 1}: "
                    + $"{name.Identifier.ValueText}");
            }
        }
    }

    /// <summary>
    /// The file of this assembly that declares the type that a symbol is or belongs to; null for all other symbols.
    /// </summary>
    private static string? DeclaringFileOf(ISymbol? symbol)
    {
        var type = symbol is INamedTypeSymbol named ? named : symbol?.ContainingType;
        var path = type?.DeclaringSyntaxReferences.FirstOrDefault()?.SyntaxTree.FilePath;
        return string.IsNullOrEmpty(path) ? null : path;
    }

    private static bool IsInNameof(SyntaxNode node) =>
        node.Ancestors().OfType<InvocationExpressionSyntax>()
            .Any(call => call.Expression is IdentifierNameSyntax { Identifier.ValueText: "nameof" });

    private string FolderOf(string file)
    {
        var path = file[_source.Length..];
        var end = path.IndexOf('/', StringComparison.Ordinal);
        return end < 0 ? Top : path[..end];
    }
}
