using System.Reflection;
using System.Runtime.CompilerServices;
using System.Security;
using UserTcp.Conventions.Tests.Support;
using Xunit;

namespace UserTcp.Conventions.Tests;

/// <summary>The purity of Wire and Engine (rules 2, 3 and 4), and the place of unsafe code.</summary>
public class PurityTests
{
    private const string UnsafeAssembly = "UserTcp.Tun";

    private static readonly HashSet<string> ImpureWords =
    [
        // One thread owns an engine.
        "lock", "volatile", "Lock", "Interlocked", "Monitor", "Mutex", "SemaphoreSlim",
        "Volatile", "Thread", "ThreadPool",
        "ThreadLocal", "AsyncLocal", "ThreadStatic", "ThreadStaticAttribute", "Task", "ValueTask",
        "async", "await",

        // Time is an argument; randomness and keys are injected.
        "DateTime", "DateTimeOffset", "Stopwatch", "TimeProvider", "TickCount", "TickCount64",
        "Random", "RandomNumberGenerator",
        "Guid", "HashCode",

        // No I/O and no system calls.
        "File", "FileStream", "Socket", "Console", "Process", "Environment", "DllImport", "LibraryImport",

        // Results are return values: no callbacks.
        "event",
    ];

    private static readonly HashSet<string> UnsafeWords = ["unsafe", "DllImport", "LibraryImport"];

    private static readonly HashSet<string> ImportWords = ["DllImport", "LibraryImport"];

    public static TheoryData<string> PureAssemblies => DependencyLineTests.PureAssemblies;

    public static TheoryData<string> Assemblies => DependencyLineTests.Assemblies;

    [Theory]
    [MemberData(nameof(PureAssemblies))]
    public void Wire_and_engine_use_no_threads_clocks_randomness_or_files(string assembly)
    {
        var sources = Repository.Files($"src/{assembly}", ".cs");

        Assert.NotEmpty(sources);
        Expect.None(
            sources.SelectMany(file => CSharpTokens.Find(file, ImpureWords)),
            "Rules 2, 3 and 4 of docs/architecture.md forbid:");
    }

    [Theory]
    [MemberData(nameof(PureAssemblies))]
    public void Wire_and_engine_have_no_static_state(string assembly)
    {
        const BindingFlags Statics = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic
            | BindingFlags.DeclaredOnly;
        var changeable = Assembly.Load(new AssemblyName(assembly)).GetTypes()
            .Where(type => !IsGenerated(type))
            .SelectMany(type => type.GetFields(Statics))
            .Where(field => field is { IsInitOnly: false, IsLiteral: false } && !IsGenerated(field))
            .Select(field => $"{field.DeclaringType}.{field.Name}");

        Expect.None(
            changeable,
            "One thread owns an engine, but statics belong to all of them (rule 3). Make readonly, or a field "
            + "of the engine:");
    }

    [Fact]
    public void Unsafe_code_and_native_calls_are_in_the_device_only()
    {
        var elsewhere = Repository.Files("src", ".cs")
            .Where(file => !file.StartsWith($"src/{UnsafeAssembly}/", StringComparison.Ordinal))
            .SelectMany(file => CSharpTokens.Find(file, UnsafeWords));

        Expect.None(elsewhere, $"Move to {UnsafeAssembly}:");
        Assert.DoesNotContain("AllowUnsafeBlocks", Repository.Read("Directory.Build.props"), StringComparison.Ordinal);
        Assert.Equal(
            [UnsafeAssembly],
            Project.All.Where(project =>
                project.Folder.StartsWith("src/", StringComparison.Ordinal) && project.AllowsUnsafeBlocks)
                .Select(project => project.Name));
    }

    [Fact]
    public void Imports_of_libc_that_Tmds_LibC_lacks_are_in_one_file()
    {
        const string File = $"src/{UnsafeAssembly}/LibCAdditions.cs";
        var imports = Repository.Files("src", ".cs")
            .ToLookup(file => file == File, file => CSharpTokens.Find(file, ImportWords));

        Assert.NotEmpty(imports[true].SelectMany(found => found));
        Expect.None(
            imports[false].SelectMany(found => found),
            $"Call Tmds.LibC, or where it lacks the function move to {File}:");
    }

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void Only_the_device_is_compiled_as_unverifiable(string assembly)
    {
        var module = Assembly.Load(new AssemblyName(assembly)).ManifestModule;

        Assert.Equal(assembly == UnsafeAssembly, module.IsDefined(typeof(UnverifiableCodeAttribute)));
    }

    private static bool IsGenerated(MemberInfo? member) =>
        member is not null
        && (member.IsDefined(typeof(CompilerGeneratedAttribute)) || member.Name.Contains('<', StringComparison.Ordinal)
            || IsGenerated(member.DeclaringType));
}
