using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using UserTcp.Conventions.Tests.Support;
using Xunit;

namespace UserTcp.Conventions.Tests;

/// <summary>
/// The C# of the API guide, of the virtual network and of the packages' READMEs compiles: programs and classes.
/// </summary>
public class DocumentCodeTests
{
    /// <summary>The using directives of a project, and the variables that a block takes as given.</summary>
    private const string Given =
        """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net;
        global using System.Net.Http;
        global using System.Net.Sockets;
        global using System.Threading;
        global using System.Threading.Tasks;
        global using Microsoft.AspNetCore.Builder;
        global using Microsoft.AspNetCore.Hosting;
        global using Microsoft.Extensions.DependencyInjection;
        global using Microsoft.Extensions.Logging;
        global using UserTcp;
        global using UserTcp.Capture;
        global using UserTcp.Capture.Explaining;
        global using UserTcp.Capture.Inference;
        global using UserTcp.Capture.Pictures;
        global using UserTcp.Capture.Reading;
        global using UserTcp.Engine.Contract;
        global using UserTcp.Impairment;
        global using UserTcp.Simulation;
        global using UserTcp.Testing;
        global using UserTcp.Tun;
        global using UserTcp.Wire;
        global using Xunit;
        global using static Given;

        internal static class Given
        {
            public static UserTcpStack stack = null!;
            public static UserTcpListener listener = null!;
            public static UserTcpConnection connection = null!;
            public static UserTcpStream stream = null!;
            public static CancellationToken cancellationToken;
            public static VirtualNetwork network = null!;
            public static VirtualHost api = null!;
            public static Func<VirtualNetwork, Task> test = null!;
        }
        """;

    private static readonly Lazy<MetadataReference[]> References = new(() =>
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Select(file => MetadataReference.CreateFromFile(file)),
    ]);

    private static readonly CSharpParseOptions Language = new(LanguageVersion.Latest);

    public static TheoryData<string, int> Blocks =>
    [
        .. Documents().SelectMany(file =>
            new Markdown(file).Blocks("csharp").Select(block => (file, block.Line))),
    ];

    [Theory]
    [MemberData(nameof(Blocks))]
    public void A_block_compiles(string file, int line) =>
        Expect.None(
            ErrorsOf(new Markdown(file).Blocks("csharp").Single(block => block.Line == line).Text),
            $"{file}, the block that begins in line {line}:");

    [Fact]
    public void An_error_is_found() =>
        Assert.Contains("NoSuchMember", Assert.Single(ErrorsOf("stack.NoSuchMember();")), StringComparison.Ordinal);

    private static IEnumerable<string> Documents() =>
        Repository.Files("src", ".md").Append("docs/api-guide.md").Append("docs/virtual-network.md");

    private static List<string> ErrorsOf(string code)
    {
        var block = CSharpSyntaxTree.ParseText(code, Language);
        var kind = block.GetCompilationUnitRoot().Members.OfType<GlobalStatementSyntax>().Any()
            ? OutputKind.ConsoleApplication
            : OutputKind.DynamicallyLinkedLibrary;
        return
        [
            .. CSharpCompilation.Create(
                "Block", [CSharpSyntaxTree.ParseText(Given, Language), block], References.Value,
                new CSharpCompilationOptions(kind))
                .GetDiagnostics()
                .Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error)
                .Select(diagnostic => diagnostic.ToString()),
        ];
    }
}
