using UserTcp.Cli.Hosting;
using UserTcp.Tun;

namespace UserTcp.Cli.Doctor;

/// <summary>What this user may do on this machine, by trial. A problem is null where there is none.</summary>
internal sealed record Machine
{
    /// <summary>The hidden option of `doctor` that creates a device in the current namespace.</summary>
    public const string ProbeOption = "--probe-device";

    private const string Device = "ut0";

    public string? NodeProblem { get; init; }

    public string? NamespaceProblem { get; init; }

    /// <summary>Why no TUN device with addresses can be created in a namespace.</summary>
    public string? DeviceProblem { get; init; }

    /// <summary>Why this user cannot create a device in the current network namespace.</summary>
    public string? PrivilegeProblem { get; init; }

    /// <summary>The problems of the programs that the tests run.</summary>
    public IReadOnlyList<string> ProgramProblems { get; init; } = [];

    /// <summary>Why the demo cannot have a namespace with a device in it.</summary>
    public string? IsolationProblem => NodeProblem ?? NamespaceProblem ?? DeviceProblem;

    /// <summary>Each use, with the problem that prevents it, or null.</summary>
    public IEnumerable<(string Use, string? Problem)> Uses =>
    [
        ("demo", IsolationProblem),
        ("lab", IsolationProblem),
        ("up", NodeProblem ?? PrivilegeProblem),
        ("tests", IsolationProblem ?? (ProgramProblems.Count > 0 ? string.Join(", ", ProgramProblems) : null)),
    ];

    /// <summary>The exit code of `doctor`: success when the demo can run.</summary>
    public int ExitCode => (IsolationProblem, File.Exists(TunNode.Path)) switch
    {
        (null, _) => Cli.ExitCode.Success,
        (_, false) => Cli.ExitCode.DeviceMissing,
        _ => Cli.ExitCode.NotPermitted,
    };

    /// <summary>Tries each use, and leaves nothing behind.</summary>
    public static Machine Examine()
    {
        var node = TunNode.FindProblem();
        var command = Isolation.FindCommand(out var problem);
        return new Machine
        {
            NodeProblem = node,
            NamespaceProblem = command is null ? problem : null,
            DeviceProblem = node is null && command is not null ? FindDeviceProblem(command) : null,
            PrivilegeProblem = node is null ? FindPrivilegeProblem() : null,
            ProgramProblems = [.. NeededProgram.All.Select(program => program.FindProblem()).OfType<string>()],
        };
    }

    private static string? FindDeviceProblem(string[] command)
    {
        var (exitCode, output) = Isolation.RunChild(command, "doctor", ProbeOption);
        return exitCode == 0 ? null : output.Replace($"{CommandTree.Name}: ", "", StringComparison.Ordinal);
    }

    /// <summary>An interface that root has prepared for this user needs no capability.</summary>
    private static string? FindPrivilegeProblem()
    {
        if (TunDevice.MayCreate(TunNode.Path) || OwnsDevice())
            return null;
        return Capabilities.Effective().HasNetAdmin
            ? "CAP_NET_ADMIN does not hold in this network namespace"
            : "CAP_NET_ADMIN is missing";
    }

    private static bool OwnsDevice()
    {
        var owner = $"/sys/class/net/{Device}/owner";
        return File.Exists(owner) && long.TryParse(File.ReadAllText(owner).Trim(), out var id)
            && id == Control.UserId.EffectiveInside();
    }
}
