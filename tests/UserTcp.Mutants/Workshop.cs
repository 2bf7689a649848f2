namespace UserTcp.Mutants;

/// <summary>A copy of the tree, in which mutants are built and tested one after the other.</summary>
internal sealed class Workshop(string root, int seeds)
{
    /// <summary>What several test projects share.</summary>
    private const string Kit = "tests/Kit";

    private const string Tests = "tests/UserTcp.Engine.Tests";

    /// <summary>A sample that the engine's tests compile.</summary>
    private const string Sample = "samples/CongestionControl";

    private const string Self = "tests/UserTcp.Mutants";
    private const string Output = "bin/Release/net10.0";

    private static readonly string[] Mutable = ["src/UserTcp.Wire", "src/UserTcp.Engine"];

    // A mutant that makes the tests hang counts as killed.
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(4);

    // Mutants need not satisfy analyzers.
    private static readonly string[] Build =
    [
        "-c", "Release", "-v", "quiet", "-nologo", "-clp:NoSummary",
        "-p:RunAnalyzers=false", "-p:TreatWarningsAsErrors=false", "-p:GenerateDocumentationFile=false",
    ];

    private readonly string _tree = Path.Combine(root, "artifacts", "mutants");

    /// <summary>Copies the tree, builds it, and checks that nothing fails without a mutant.</summary>
    public async Task PrepareAsync()
    {
        if (Directory.Exists(_tree))
            Directory.Delete(_tree, recursive: true);
        foreach (var folder in new[] { "src", Kit, Tests, Sample, Self })
            CopyFolder(new DirectoryInfo(Path.Combine(root, folder)), Path.Combine(_tree, folder));
        string[] files =
        [
            "Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props", "global.json",
            ".editorconfig",
        ];
        foreach (var file in files)
            File.Copy(Path.Combine(root, file), Path.Combine(_tree, file));
        foreach (var project in new[] { Tests, Self })
        {
            var build = await RunAsync("dotnet", ["build", project, .. Build]);
            if (build.Status != 0)
                throw new InvalidOperationException($"{project} does not build:\n{build.Output}");
        }

        foreach (var project in Mutable)
            File.Copy(AssemblyOf(project), Path.Combine(_tree, $"{Path.GetFileName(project)}.dll"));
        if (await RunTestsAsync() is { } killer)
            throw new InvalidOperationException($"Failure without any mutant: {killer}");
    }

    /// <summary>
    /// Applies a mutant, runs the tests and reverts it. Returns what killed it, or null for a survivor.
    /// </summary>
    /// <exception cref="FormatException">The mutant does not build.</exception>
    public async Task<string?> FindKillerAsync(Mutant mutant)
    {
        var file = Path.Combine(_tree, mutant.File);
        var source = await File.ReadAllTextAsync(file);
        await File.WriteAllTextAsync(file, mutant.ApplyTo(source));
        try
        {
            var build = await RunAsync(
                "dotnet", ["build", mutant.Project, "--no-restore", "--no-dependencies", .. Build]);
            if (build.Status != 0)
                throw new FormatException($"{mutant.Name} does not build:\n{build.Output}");
            // A mutant changes no signature, so assemblies built against the original run with it.
            Install(mutant.Project, to => File.Copy(AssemblyOf(mutant.Project), to, overwrite: true));
            return await RunTestsAsync();
        }
        finally
        {
            await File.WriteAllTextAsync(file, source);
            Install(mutant.Project, to => File.Copy(Path.Combine(_tree, Path.GetFileName(to)), to, overwrite: true));
        }
    }

    private string AssemblyOf(string project) =>
        Path.Combine(_tree, project, Output, $"{Path.GetFileName(project)}.dll");

    private void Install(string project, Action<string> install)
    {
        foreach (var user in new[] { Tests, Self })
            install(Path.Combine(_tree, user, Output, $"{Path.GetFileName(project)}.dll"));
    }

    private async Task<string?> RunTestsAsync()
    {
        var tests = await RunAsync(
            "dotnet", [$"{Tests}/{Output}/UserTcp.Engine.Tests.dll", "-noLogo", "-noColor", "-stopOnFail"]);
        if (tests.Status != 0)
            return tests.Output is null ? "the tests do not end" : FirstFailure(tests.Output);
        var simulation = await RunAsync("dotnet", [$"{Self}/{Output}/UserTcp.Mutants.dll", Seeds.Command, $"{seeds}"]);
        if (simulation.Status != 0)
            return simulation.Output is null ? "the simulation does not end" : simulation.Output.Split('\n')[0];
        return null;
    }

    /// <summary>The name of the first failed test, without the common namespace.</summary>
    private static string FirstFailure(string output)
    {
        const string Namespace = "UserTcp.Engine.Tests.";
        var failure = output.Split('\n').Select(line => line.Trim())
            .FirstOrDefault(line => line.EndsWith("[FAIL]", StringComparison.Ordinal));
        if (failure is null)
            return "the tests' end: " + output.Trim().Split('\n')[^1];
        var name = failure[..^"[FAIL]".Length].Split('(')[0].Trim();
        return name.StartsWith(Namespace, StringComparison.Ordinal) ? name[Namespace.Length..] : name;
    }

    private Task<Outcome> RunAsync(string program, IEnumerable<string> arguments) =>
        ChildProcess.RunAsync(program, arguments, _tree, Timeout);

    private static void CopyFolder(DirectoryInfo from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in from.EnumerateFiles())
            file.CopyTo(Path.Combine(to, file.Name));
        foreach (var inner in from.EnumerateDirectories().Where(folder => folder.Name is not ("bin" or "obj")))
            CopyFolder(inner, Path.Combine(to, inner.Name));
    }
}
