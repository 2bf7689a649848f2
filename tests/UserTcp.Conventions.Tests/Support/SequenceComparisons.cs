using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace UserTcp.Conventions.Tests.Support;

/// <summary>
/// Finds interval tests of sequence numbers or timestamps by two comparisons, which are wrong in modular arithmetic.
/// </summary>
internal sealed class SequenceComparisons
{
    private const string SeqNum = "UserTcp.Wire.SeqNum";

    private readonly CSharpCompilation _compilation;

    /// <param name="sources">The code, by the name of its file.</param>
    public SequenceComparisons(IEnumerable<(string File, string Code)> sources)
    {
        var options = new CSharpParseOptions(LanguageVersion.Preview);
        var trees = sources.Select(source => CSharpSyntaxTree.ParseText(source.Code, options, source.File));
        var platform = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => !Path.GetFileName(path).StartsWith("UserTcp.", StringComparison.Ordinal));
        _compilation = CSharpCompilation.Create(
            nameof(SequenceComparisons), trees, platform.Select(path => MetadataReference.CreateFromFile(path)));
    }

    /// <summary>Places ("file:line: condition") with two or more orderings in one condition.</summary>
    public IEnumerable<string> FindIntervals() => _compilation.SyntaxTrees.SelectMany(FindIntervals);

    private IEnumerable<string> FindIntervals(SyntaxTree tree)
    {
        var model = _compilation.GetSemanticModel(tree);
        foreach (var condition in tree.GetRoot().DescendantNodes().OfType<BinaryExpressionSyntax>().Where(IsOutermost))
        {
            var parts = Parts(condition).ToList();
            if (parts.Count(part => OrdersNumbers(part, model)) > 1
                || parts.Count(part => OrdersTimestamps(part, model)) > 1)
            {
                yield return $"{tree.FilePath}:{tree.GetLineSpan(condition.Span).StartLinePosition.Line + 1}: "
                    + $"{condition}";
            }
        }
    }

    private static bool IsOutermost(BinaryExpressionSyntax node)
    {
        if (!IsJunction(node))
            return false;
        SyntaxNode? parent = node.Parent;
        while (parent is ParenthesizedExpressionSyntax or PrefixUnaryExpressionSyntax)
            parent = parent.Parent;
        return parent is not BinaryExpressionSyntax outer || !IsJunction(outer);
    }

    private static bool IsJunction(SyntaxNode node) =>
        node.IsKind(SyntaxKind.LogicalAndExpression) || node.IsKind(SyntaxKind.LogicalOrExpression);

    private static IEnumerable<ExpressionSyntax> Parts(ExpressionSyntax node) => node switch
    {
        ParenthesizedExpressionSyntax inner => Parts(inner.Expression),
        PrefixUnaryExpressionSyntax inner => Parts(inner.Operand),
        BinaryExpressionSyntax junction when IsJunction(junction) => Parts(junction.Left).Concat(Parts(junction.Right)),
        _ => [node],
    };

    private static bool OrdersNumbers(ExpressionSyntax node, SemanticModel model) =>
        node is BinaryExpressionSyntax comparison
        && comparison.Kind() is SyntaxKind.LessThanExpression or SyntaxKind.LessThanOrEqualExpression
            or SyntaxKind.GreaterThanExpression or SyntaxKind.GreaterThanOrEqualExpression
        && IsSequenceNumber(comparison.Left, model);

    private static bool OrdersTimestamps(ExpressionSyntax node, SemanticModel model) =>
        node is InvocationExpressionSyntax call
        && model.GetSymbolInfo(call).Symbol is IMethodSymbol { Name: "IsBefore" };

    private static bool IsSequenceNumber(ExpressionSyntax node, SemanticModel model)
    {
        var type = model.GetTypeInfo(node).Type;
        if (type is INamedTypeSymbol { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T } nullable)
            type = nullable.TypeArguments[0];
        return type?.ToDisplayString() == SeqNum;
    }
}
