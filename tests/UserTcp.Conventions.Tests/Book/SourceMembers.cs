using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using UserTcp.Conventions.Tests.Support;

namespace UserTcp.Conventions.Tests.Book;

/// <summary>
/// The types and members of src by name: <c>Rack</c>, <c>Rack.DetectLoss</c>, <c>SeqNum.operator &lt;</c>. The types of
/// its parameters select an overload: <c>SeqRange.Contains(SeqNum)</c>. A file is not named, so that moves of code
/// change nothing.
/// </summary>
internal static class SourceMembers
{
    private static readonly Lazy<ILookup<string, MemberDeclarationSyntax>> ByName = new(() =>
        Repository.Files("src", ".cs")
            .Select(file => CSharpSyntaxTree.ParseText(Repository.Read(file), path: file))
            .SelectMany(tree => tree.GetRoot().DescendantNodes())
            .OfType<MemberDeclarationSyntax>()
            .SelectMany(member => NamesOf(member).Select(name => (name, member)))
            .ToLookup(one => one.name, one => one.member));

    /// <summary>The source of a member without its documentation comment and indentation.</summary>
    /// <exception cref="ArgumentException">No member has the name, or several have; the message says which.</exception>
    public static IReadOnlyList<string> LinesOf(string name)
    {
        var found = ByName.Value[name].ToList();
        return found.Count switch
        {
            1 => LinesOf(found[0]),
            0 => throw new ArgumentException($"src has no {name}: name a type or a member as Type.Member."),
            _ => throw new ArgumentException(
                $"{name} stands for {string.Join(" and ", found.Select(Describe))}: add the types of its parameters."),
        };
    }

    private static IReadOnlyList<string> LinesOf(MemberDeclarationSyntax member)
    {
        var indent = member.SyntaxTree.GetLineSpan(member.Span).StartLinePosition.Character;
        var margin = new string(' ', indent);
        return
        [
            .. member.ToString().Split('\n')
                .Select(line => line.StartsWith(margin, StringComparison.Ordinal) ? line[indent..] : line),
        ];
    }

    private static IEnumerable<string> NamesOf(MemberDeclarationSyntax member)
    {
        var prefix = member.Parent is BaseTypeDeclarationSyntax type ? $"{type.Identifier.Text}." : "";
        return member switch
        {
            BaseTypeDeclarationSyntax inner => [inner.Identifier.Text],
            MethodDeclarationSyntax method => WithParameters(prefix + method.Identifier.Text, method.ParameterList),
            OperatorDeclarationSyntax sign =>
                WithParameters($"{prefix}operator {sign.OperatorToken.Text}", sign.ParameterList),
            ConstructorDeclarationSyntax constructor => WithParameters($"{prefix}ctor", constructor.ParameterList),
            PropertyDeclarationSyntax property => [prefix + property.Identifier.Text],
            IndexerDeclarationSyntax => [$"{prefix}this"],
            FieldDeclarationSyntax field =>
                field.Declaration.Variables.Select(variable => prefix + variable.Identifier.Text),
            EnumMemberDeclarationSyntax value => [prefix + value.Identifier.Text],
            _ => [],
        };
    }

    private static IEnumerable<string> WithParameters(string name, ParameterListSyntax parameters) =>
        [name, $"{name}({string.Join(", ", parameters.Parameters.Select(parameter => parameter.Type?.ToString()))})"];

    private static string Describe(MemberDeclarationSyntax member) =>
        $"{NamesOf(member).Last()} in {member.SyntaxTree.FilePath}";
}
