namespace UserTcp.Cli.Doctor;

/// <summary>A program that the tests and the examples run.</summary>
/// <param name="Name">The name of the command.</param>
/// <param name="Package">The Debian package that has it.</param>
internal sealed record NeededProgram(string Name, string Package)
{
    /// <summary>All of them. tools/lib/machine.sh has the same list for the scripts.</summary>
    public static IReadOnlyList<NeededProgram> All { get; } =
    [
        new("ip", "iproute2"), new("sysctl", "procps"), new("unshare", "util-linux"), new("setpriv", "util-linux"),
        new("curl", "curl"), new("ping", "iputils-ping"), new("nc", "netcat-openbsd"),
        new("iperf3", "iperf3"), new("tshark", "tshark"), new("groff", "groff-base"),
        new("chromium", "chromium"),
    ];

    /// <summary>Its problem, or null.</summary>
    public string? FindProblem() => Programs.Find(Name) switch
    {
        null => $"{Name} is missing",
        // The traditional nc has neither -N nor -d.
        var path when Name == "nc"
            && !Programs.Run(path, ["-h"]).Output.Contains("OpenBSD", StringComparison.Ordinal) =>
            "nc is not OpenBSD's",
        _ => null,
    };
}
