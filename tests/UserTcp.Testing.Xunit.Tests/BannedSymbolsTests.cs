using System.Collections.Immutable;
using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;
using Xunit;

namespace UserTcp.Testing.Xunit.Tests;

/// <summary>The file of banned symbols finds what is not virtual, and says what to write in its place.</summary>
public sealed class BannedSymbolsTests
{
    private const string FileName = "BannedSymbols.UserTcp.Testing.txt";

    private const string Analyzer = "Microsoft.CodeAnalysis.CSharp.BannedApiAnalyzers.CSharpSymbolIsBannedAnalyzer";

    private static readonly string _bans = File.ReadAllText(Metadata(FileName));

    public static TheoryData<string> Bans =>
        [.. _bans.Split('\n', StringSplitOptions.RemoveEmptyEntries)];

    [Theory]
    [InlineData("Task.Delay(5)", "Task.Delay(delay, timeProvider, token)")]
    [InlineData("Task.Delay(TimeSpan.Zero, default(CancellationToken))", "Task.Delay(delay, timeProvider, token)")]
    [InlineData("Task.CompletedTask.Wait()", "await task")]
    [InlineData("Task.FromResult(1).Result", "await task")]
    [InlineData("new CancellationTokenSource(5)", "new CancellationTokenSource(delay, timeProvider)")]
    [InlineData("new PeriodicTimer(TimeSpan.Zero)", "new PeriodicTimer(period, timeProvider)")]
    [InlineData("new Timer(null)", "timeProvider.CreateTimer(...)")]
    [InlineData("DateTime.UtcNow", "timeProvider.GetUtcNow().UtcDateTime")]
    [InlineData("System.Diagnostics.Stopwatch.StartNew()", "timeProvider.GetTimestamp()")]
    [InlineData("Guid.NewGuid()", "VirtualNetwork.CreateRandom")]
    [InlineData("new Random()", "VirtualNetwork.CreateRandom")]
    [InlineData("new Thread(() => { })", "Task.Run and await")]
    [InlineData("new System.Net.Sockets.TcpClient()", "VirtualHost.ConnectAsync")]
    [InlineData("System.Net.Dns.GetHostName()", "found by their names")]
    public async Task What_is_real_is_found(string expression, string instead)
    {
        var found = await AnalyzeAsync(expression);

        Assert.Contains(found, diagnostic => diagnostic.GetMessage(null).Contains(instead, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Task.Delay(TimeSpan.Zero, time)")]
    [InlineData("new CancellationTokenSource(TimeSpan.Zero, time)")]
    [InlineData("new PeriodicTimer(TimeSpan.Zero, time)")]
    [InlineData("new Random(5)")]
    [InlineData("time.GetUtcNow()")]
    [InlineData("new HttpClient()")]
    public async Task What_is_virtual_is_not(string expression) => Assert.Empty(await AnalyzeAsync(expression));

    /// <summary>The analyzer ignores a symbol that it does not know.</summary>
    [Theory]
    [MemberData(nameof(Bans))]
    public void Each_banned_symbol_exists_and_has_a_reason(string ban)
    {
        var (symbol, reason) = (ban.Split(';')[0], ban[(ban.IndexOf(';', StringComparison.Ordinal) + 1)..]);

        Assert.NotEmpty(DocumentationCommentId.GetSymbolsForDeclarationId(symbol, Compile("0")));
        Assert.Matches("^(It|Its|When) .+", reason);
    }

    private static CSharpCompilation Compile(string expression) => CSharpCompilation.Create(
        "snippet",
        [CSharpSyntaxTree.ParseText(
            $$"""
            using System; using System.Net.Http; using System.Threading; using System.Threading.Tasks;
            class Snippet { void Use(object value) { } void Run(TimeProvider time) { {{Statement(expression)}}; } }
            """)],
        ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Select(path => MetadataReference.CreateFromFile(path)),
        new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));

    private static string Statement(string expression) =>
        expression.EndsWith(".Wait()", StringComparison.Ordinal) ? expression : $"Use({expression})";

    private static async Task<ImmutableArray<Diagnostic>> AnalyzeAsync(string expression)
    {
        var compilation = Compile(expression);
        Assert.Empty(compilation.GetDiagnostics().Where(problem => problem.Severity == DiagnosticSeverity.Error));
        var file = Path.Combine(
            Metadata("BannedApiAnalyzers"), "analyzers", "dotnet", "cs",
            "Microsoft.CodeAnalysis.CSharp.BannedApiAnalyzers.dll");
        var type = Assembly.LoadFrom(file).GetType(Analyzer, throwOnError: true)!;
        var options = new AnalyzerOptions([new BanFile()]);
        return await compilation.WithAnalyzers([(DiagnosticAnalyzer)Activator.CreateInstance(type)!], options)
            .GetAnalyzerDiagnosticsAsync(TestContext.Current.CancellationToken);
    }

    private static string Metadata(string key) =>
        Assembly.GetExecutingAssembly().GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(attribute => attribute.Key == key).Value!;

    private sealed class BanFile : AdditionalText
    {
        public override string Path => FileName;

        public override SourceText GetText(CancellationToken cancellationToken = default) => SourceText.From(_bans);
    }
}
