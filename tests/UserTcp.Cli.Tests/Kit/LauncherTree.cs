using System.Diagnostics;
using System.Runtime.Versioning;
using Xunit;

namespace UserTcp.Cli.Tests.Kit;

/// <summary>
/// A tree with tools/usertcp in it, and a PATH with a `dotnet` that only writes down what it is asked to build.
/// </summary>
[UnsupportedOSPlatform("windows")]
internal sealed class LauncherTree : IDisposable
{
    private const UnixFileMode Executable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    // What the script and the stand-in call.
    private static readonly string[] Tools =
    [
        "bash", "readlink", "find", "flock", "mkdir", "touch", "mv", "rm", "chmod", "id",
        "sed", "cut", "paste", "getent",
    ];

    private static readonly string Sdk = """
        #!/bin/bash
        # Builds write a program that says which it is; anything else is a run of the program.
        if [[ $1 == *.dll ]]; then
            shift
            echo "framework $*"
            exit
        fi
        [[ $1 != --* ]] || exit 0
        echo "$1" >>"$FOLDER/builds"
        kind=$1
        while [[ $1 != -o ]]; do shift; done
        mkdir -p "$2"
        if [[ $kind == build ]]; then
            touch "$2/UserTcp.Cli.dll"
        else
            [[ ! -e $FOLDER/fails ]] || exit 1
            printf '#!/bin/bash\necho "native $*"\n' >"$2/UserTcp.Cli"
            chmod +x "$2/UserTcp.Cli"
        fi
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("usertcp-launcher-");

    public LauncherTree()
    {
        foreach (var file in new[]
        {
            "src/UserTcp.Cli/Program.cs", "Directory.Build.props", "Directory.Build.targets", "global.json"
        })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(PathOf(file))!);
            File.WriteAllText(PathOf(file), "");
            // Older than what is built of it, on file systems with coarse times as well.
            File.SetLastWriteTimeUtc(PathOf(file), DateTime.UtcNow.AddHours(-1));
        }

        Directory.CreateDirectory(PathOf("tools"));
        File.Copy(Path.Combine(Root(), "tools", "usertcp"), PathOf("tools/usertcp"));
        Directory.CreateDirectory(PathOf("tools/lib"));
        File.Copy(Path.Combine(Root(), "tools", "lib", "machine.sh"), PathOf("tools/lib/machine.sh"));
        Directory.CreateDirectory(PathOf("bin"));
        foreach (var tool in Tools)
        {
            File.CreateSymbolicLink(
                PathOf($"bin/{tool}"),
                Programs.Find(tool) ?? throw new InvalidOperationException($"'{tool}' is missing."));
        }

        Write("bin/dotnet", Sdk);
    }

    /// <summary>The builds so far: the SDK's commands.</summary>
    public string[] Builds => File.Exists(PathOf("builds")) ? File.ReadAllLines(PathOf("builds")) : [];

    /// <summary>Puts a program that does nothing on the PATH.</summary>
    public void Install(string program) => Write($"bin/{program}", "#!/bin/bash");

    public void Remove(string program) => File.Delete(PathOf($"bin/{program}"));

    public void FailNativeBuilds() => File.WriteAllText(PathOf("fails"), "");

    /// <summary>Makes a source newer than all that has been built.</summary>
    public void Change(string file)
    {
        foreach (var built in Directory.GetFiles(PathOf("artifacts/usertcp")))
            File.SetLastWriteTimeUtc(built, DateTime.UtcNow.AddMinutes(-2));
        File.SetLastWriteTimeUtc(PathOf(file), DateTime.UtcNow.AddMinutes(-1));
    }

    public Task<Outcome> RunAsync(params string[] arguments) => RunAsync([], arguments);

    public async Task<Outcome> RunAsync((string Name, string Value)[] environment, params string[] arguments)
    {
        var start = new ProcessStartInfo(PathOf("tools/usertcp"), arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Clear();
        start.Environment["PATH"] = PathOf("bin");
        start.Environment["FOLDER"] = _folder.FullName;
        start.Environment["HOME"] = _folder.FullName;
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return new Outcome(process.ExitCode, output, await error);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private void Write(string file, string text)
    {
        File.WriteAllText(PathOf(file), text + "\n");
        File.SetUnixFileMode(PathOf(file), Executable);
    }

    private string PathOf(string file) => Path.Combine(_folder.FullName, file);

    private static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "UserTcp.sln")))
                return folder.FullName;
        }

        throw new InvalidOperationException($"There is no UserTcp.sln above {AppContext.BaseDirectory}.");
    }
}
