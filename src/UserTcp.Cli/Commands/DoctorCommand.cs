using System.CommandLine;
using System.Text.Json;
using UserTcp.Cli.Control;
using UserTcp.Cli.Doctor;

namespace UserTcp.Cli.Commands;

/// <summary>`usertcp doctor`: what works here, and how to mend what does not.</summary>
internal static class DoctorCommand
{
    private static readonly Option<bool> Json = new("--json") { Description = "The findings as JSON" };

    public static Command Create()
    {
        var command = new DetailedCommand(
            "doctor", "Check what the stack needs here, and say how to mend each",
            """
            Looks at the TUN node, permissions, namespaces, the device, addresses in use, and the tools of the
            examples. Exits with 0 when demo and lab can run, with 69 when something is missing, and with 77
            when something is not permitted.
            """)
        {
            Json,
        };
        command.SetAction(parsed => Report(Checks.All().Select(check => (check.Name, check.Check())), Console.Out, parsed.GetValue(Json)));
        return command;
    }

    /// <summary>Prints each finding as it is made; returns the exit code of the first failure.</summary>
    internal static int Report(IEnumerable<(string Name, Finding Finding)> findings, TextWriter output, bool json)
    {
        var code = ExitCode.Success;
        var rows = new List<FindingRow>();
        foreach (var (name, finding) in findings)
        {
            if (!json)
                output.WriteLine($"{Mark(finding.Verdict),-5} {name,-12} {finding.Words}");
            rows.Add(new FindingRow(name, Mark(finding.Verdict).ToLowerInvariant(), finding.Words));
            if (finding.Verdict == Verdict.Failure && code == ExitCode.Success)
                code = finding.ExitCode;
        }

        if (json)
            output.WriteLine(JsonSerializer.Serialize([.. rows], ControlJson.Default.FindingRowArray));
        return code;
    }

    private static string Mark(Verdict verdict) => verdict switch { Verdict.Ok => "ok", Verdict.Warning => "warn", _ => "FAIL" };
}
