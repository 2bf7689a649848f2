using UserTcp.Cli.Hosting;
using UserTcp.Tun;

namespace UserTcp.Cli.Doctor;

/// <summary>What this machine lets this user do, as tried out. A problem is null where there is none.</summary>
internal sealed record Machine
{
    /// <summary>The hidden option of `doctor` that makes a device in the namespace around it.</summary>
    public const string ProbeOption = "--probe-device";

    private const string Device = "ut0";

    public string? NodeProblem { get; init; }

    public string? NamespaceProblem { get; init; }

    /// <summary>Why a TUN device with addresses cannot be made in a namespace.</summary>
    public string? DeviceProblem { get; init; }

    /// <summary>Why this user cannot make a device in the current network namespace.</summary>
    public string? PrivilegeProblem { get; init; }

    /// <summary>What is wrong with each program that the tests run.</summary>
    public IReadOnlyList<string> ProgramProblems { get; init; } = [];

    /// <summary>What the demo needs: a namespace with a device in it.</summary>
    public string? IsolationProblem => NodeProblem ?? NamespaceProblem ?? DeviceProblem;

    /// <summary>Each use, with what is in its way or null.</summary>
    public IEnumerable<(string Use, string? Problem)> Uses =>
    [
        ("demo", IsolationProblem),
        ("lab", IsolationProblem),
        ("up", NodeProblem ?? PrivilegeProblem),
        ("tests", IsolationProblem ?? (ProgramProblems.Count > 0 ? string.Join(", ", ProgramProblems) : null)),
    ];

    /// <summary>What `doctor` exits with: success when the demo can run.</summary>
    public int ExitCode => (IsolationProblem, File.Exists(TunNode.Path)) switch
    {
        (null, _) => Cli.ExitCode.Success,
        (_, false) => Cli.ExitCode.DeviceMissing,
        _ => Cli.ExitCode.NotPermitted,
    };

    /// <summary>Tries all of it. What is made for that is gone afterwards.</summary>
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
        return File.Exists(owner) && long.TryParse(File.ReadAllText(owner).Trim(), out var id) && id == Control.UserId.EffectiveInside();
    }
}
