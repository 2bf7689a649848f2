using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using UserTcp.Conventions.Tests.Support;
using Xunit;

namespace UserTcp.Conventions.Tests;

/// <summary>A name <c>Type.Member</c> in the documents is a member of that type in the source.</summary>
public partial class DocumentNameTests
{
    /// <summary>Types of other libraries.</summary>
    private static readonly HashSet<string> Foreign =
    [
        "DateTime", "Environment", "GrpcChannelOptions", "Guid", "HostOptions", "HttpClient",
        "HttpContext", "IPAddress",
        "Marshal", "NetworkStream", "PipeWriter", "Random", "Socket", "SocketFlags", "Task", "TcpClient", "TcpListener",
        "Thread",
    ];

    /// <summary>The members of each type in src and tests, by the type's name.</summary>
    private static readonly Lazy<ILookup<string, string>> Members = new(() =>
        Repository.Files("src", ".cs").Concat(Repository.Files("tests", ".cs"))
            .SelectMany(file => CSharpSyntaxTree.ParseText(Repository.Read(file)).GetRoot().DescendantNodes())
            .OfType<BaseTypeDeclarationSyntax>()
            .SelectMany(type => MembersOf(type).Select(member => (type: type.Identifier.Text, member)))
            .ToLookup(one => one.type, one => one.member));

    public static TheoryData<string> Documents => [.. Repository.Files("docs", ".md")];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Members_exist(string file) =>
        Expect.None(
            new Markdown(file).CodeSpans.Where(span => Name().IsMatch(span) && !IsKnown(span))
                .Select(span => $"{file}: {span}"),
            $"Correct the name, or add a type of another library to {nameof(DocumentNameTests)}:");

    [Theory]
    [InlineData("SeqNum.Max", true)]
    [InlineData("State.TcpState.Listen", true)]
    [InlineData("EngineShare.Index", true)]
    [InlineData("SeqNum.Maximum", false)]
    [InlineData("NoSuchType.Max", false)]
    public void A_name_needs_both_parts(string name, bool isKnown)
    {
        Assert.Matches(Name(), name);
        Assert.Equal(isKnown, IsKnown(name));
    }

    /// <summary>
    /// True for a member of a type, and for a namespace. Namespaces before the type are not checked.
    /// </summary>
    private static bool IsKnown(string name)
    {
        var parts = name.Split('(')[0].Split('.');
        return parts[0] is "UserTcp" or "System"
            || Foreign.Contains(parts[^2])
            || Members.Value[parts[^2]].Contains(parts[^1]);
    }

    private static IEnumerable<string> MembersOf(BaseTypeDeclarationSyntax type)
    {
        if (type is EnumDeclarationSyntax values)
            return values.Members.Select(value => value.Identifier.Text);
        if (type is not TypeDeclarationSyntax declaration)
            return [];
        var parameters = type is RecordDeclarationSyntax { ParameterList: { } list }
            ? list.Parameters.Select(parameter => parameter.Identifier.Text)
            : [];
        return declaration.Members.SelectMany(NamesOf).Concat(parameters);
    }

    private static IEnumerable<string> NamesOf(MemberDeclarationSyntax member) => member switch
    {
        BaseTypeDeclarationSyntax inner => [inner.Identifier.Text],
        MethodDeclarationSyntax method => [method.Identifier.Text],
        PropertyDeclarationSyntax property => [property.Identifier.Text],
        EventDeclarationSyntax declared => [declared.Identifier.Text],
        BaseFieldDeclarationSyntax field => field.Declaration.Variables.Select(variable => variable.Identifier.Text),
        _ => [],
    };

    [GeneratedRegex(@"^(?:[A-Z]\w*\.)+[A-Z]\w*(?:\(.*\))?$")]
    private static partial Regex Name();
}
