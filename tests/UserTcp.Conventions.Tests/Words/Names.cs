using System.Xml.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using UserTcp.Conventions.Tests.Support;

namespace UserTcp.Conventions.Tests.Words;

/// <summary>The names that C# sources declare. Uses are not checked: other names are those of .NET.</summary>
internal sealed class Names
{
    private const string Characters = "System.Char";

    private static readonly HashSet<string> TextualTypes =
    [
        "System.String", Characters, "System.FormattableString",
        "System.Runtime.CompilerServices.DefaultInterpolatedStringHandler", "System.Text.StringBuilder",
        "System.Text.Rune", "System.Text.Encoding", "System.IO.TextReader",
        "System.IO.TextWriter", "System.IO.StringReader", "System.IO.StringWriter", "System.IO.StreamReader",
        "System.IO.StreamWriter", "System.Text.RegularExpressions.Regex", "System.Text.RegularExpressions.Match",
        "System.Text.RegularExpressions.Group",
    ];

    private static readonly CSharpParseOptions Options = new(
        LanguageVersion.Preview, preprocessorSymbols: ["DEBUG", "NET"]);

    private readonly CSharpCompilation _compilation;

    /// <param name="sources">The code, by the name of its file.</param>
    public Names(IEnumerable<(string File, string Code)> sources)
    {
        var trees = sources.Select(source => CSharpSyntaxTree.ParseText(source.Code, Options, source.File)).ToList();
        var platform = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => !Path.GetFileName(path).StartsWith("UserTcp.", StringComparison.Ordinal));
        _compilation = CSharpCompilation.Create(
            nameof(Names), [.. trees, Usings()], platform.Select(path => MetadataReference.CreateFromFile(path)));
        Trees = trees;
    }

    /// <summary>The parsed sources, in their order.</summary>
    public IReadOnlyList<SyntaxTree> Trees { get; }

    /// <summary>The declared identifiers of a file.</summary>
    public static IEnumerable<SyntaxToken> DeclaredIn(SyntaxTree tree) =>
        tree.GetRoot().DescendantTokens()
            .Where(token => token.IsKind(SyntaxKind.IdentifierToken) && IsDeclaration(token));

    /// <summary>True when the declared variable, member or tuple element is a string or other characters.</summary>
    public bool IsOfCharacters(SyntaxToken declared)
    {
        var model = _compilation.GetSemanticModel(declared.SyntaxTree!);
        return declared.Parent switch
        {
            IdentifierNameSyntax { Parent: NameColonSyntax { Parent: ArgumentSyntax element } } =>
                IsOfCharacters(model.GetTypeInfo(element.Expression).Type),
            TupleElementSyntax element => IsOfCharacters(model.GetTypeInfo(element.Type).Type),
            { } declaration => TypeOf(model.GetDeclaredSymbol(declaration)) is { } type && IsOfCharacters(type),
            null => false,
        };
    }

    private static SyntaxTree Usings()
    {
        string[] implicitUsings =
        [
            "System", "System.Collections.Generic", "System.IO", "System.Linq", "System.Net.Http",
            "System.Threading", "System.Threading.Tasks",
        ];
        var ofProjects = Project.All.SelectMany(project =>
            XDocument.Load(Repository.PathOf(project.Path)).Descendants("Using"))
            .Select(Project.Include);
        var names = implicitUsings.Concat(ofProjects).Distinct();
        return CSharpSyntaxTree.ParseText(
            string.Concat(names.Select(name => $"global using {name};\n")), Options, "Usings.cs");
    }

    private static bool IsDeclaration(SyntaxToken token) => token.Parent switch
    {
        // The name of a tuple element.
        IdentifierNameSyntax { Parent: NameColonSyntax { Parent: ArgumentSyntax { Parent: TupleExpressionSyntax } } } =>
            true,
        SimpleNameSyntax => false,
        ConstructorDeclarationSyntax or DestructorDeclarationSyntax => false,
        _ => true,
    };

    private static ITypeSymbol? TypeOf(ISymbol? symbol) => symbol switch
    {
        ILocalSymbol local => local.Type,
        IParameterSymbol parameter => parameter.Type,
        IFieldSymbol field => field.Type,
        IPropertySymbol property => property.Type,
        IMethodSymbol method => method.ReturnType,
        _ => null,
    };

    private static bool IsOfCharacters(ITypeSymbol? type) => type switch
    {
        null => false,
        IArrayTypeSymbol array => IsOfCharacters(array.ElementType),
        INamedTypeSymbol named =>
            TextualTypes.Contains($"{named.ContainingNamespace?.ToDisplayString()}.{named.MetadataName}")
            || named.TypeArguments.Any(IsOfCharacters),
        _ => false,
    };
}
