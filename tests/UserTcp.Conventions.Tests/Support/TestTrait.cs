using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace UserTcp.Conventions.Tests.Support;

/// <summary>One <c>[Trait(name, value)]</c> in the sources of the tests.</summary>
/// <param name="File">The file it is in.</param>
/// <param name="Line">The line it is on.</param>
/// <param name="Name">Its name.</param>
/// <param name="Value">Its value.</param>
/// <param name="IsOnTest">It is on a test, or on a class and thus on all of its tests.</param>
internal sealed partial record TestTrait(string File, int Line, string Name, string Value, bool IsOnTest)
{
    private static readonly CSharpParseOptions Options = new(LanguageVersion.Preview);

    /// <summary>All traits of all tests, by file and line.</summary>
    public static IReadOnlyList<TestTrait> All { get; } =
        [.. Repository.Files("tests", ".cs")
            .Where(file => Repository.Read(file).Contains("Trait(", StringComparison.Ordinal))
            .SelectMany(In)];

    public static IEnumerable<TestTrait> Named(string name) => All.Where(trait => trait.Name == name);

    private static IEnumerable<TestTrait> In(string file)
    {
        var root = CSharpSyntaxTree.ParseText(Repository.Read(file), Options).GetRoot();
        return root.DescendantNodes().OfType<AttributeSyntax>()
            .Where(attribute => attribute.Name.ToString() is "Trait" && attribute.ArgumentList?.Arguments.Count == 2)
            .Select(attribute => new TestTrait(
                file,
                attribute.GetLocation().GetLineSpan().StartLinePosition.Line + 1,
                ArgumentOf(attribute, 0),
                ArgumentOf(attribute, 1),
                attribute.Parent?.Parent is TypeDeclarationSyntax || IsTest(attribute.Parent?.Parent)));
    }

    private static string ArgumentOf(AttributeSyntax attribute, int argument) =>
        attribute.ArgumentList!.Arguments[argument].Expression is LiteralExpressionSyntax literal
            ? literal.Token.ValueText
            : "";

    private static bool IsTest(SyntaxNode? node) =>
        node is MethodDeclarationSyntax method &&
        method.AttributeLists.SelectMany(list => list.Attributes)
            .Any(attribute => TestAttribute().IsMatch(attribute.Name.ToString()));

    [GeneratedRegex("^(Fact|Theory)$")]
    private static partial Regex TestAttribute();
}
