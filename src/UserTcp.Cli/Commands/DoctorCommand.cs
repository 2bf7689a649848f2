using System.CommandLine;
using System.Text.Json;
using UserTcp.Cli.Control;
using UserTcp.Cli.Doctor;
using UserTcp.Cli.Hosting;
using UserTcp.Tun;

namespace UserTcp.Cli.Commands;

/// <summary>`usertcp doctor`: tries what demo, lab, up and the tests need, and says how to fix each failure.</summary>
internal static class DoctorCommand
{
    private static readonly Option<bool> Json = new("--json") { Description = "The findings as JSON" };

    private static readonly Option<bool> Fix = new("--fix")
    {
        Description = "As root: make the TUN node, and install missing programs",
    };

    private static readonly Option<bool> Probe = new(Machine.ProbeOption) { Hidden = true };

    public static Command Create()
    {
        var command = new DetailedCommand(
            "doctor", "Check what the stack needs here, and say how to fix each",
            """
            Tries what demo, lab, up and the tests do: opens the TUN node, makes a namespace with a device in
            it, and looks for programs. The last lines say which of them can run here, and why the others
            cannot. Exits with 0 when the demo can run, with 69 when the TUN node is missing, and with 77
            when something is not permitted.

            Example:
              sudo usertcp doctor --fix
            """)
        {
            Fix, Json, Probe,
        };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(Probe))
                return ProbeDevice();
            if (parsed.GetValue(Fix))
                Repair.Run(parsed.GetValue(Json) ? Console.Error : Console.Out);
            var machine = Machine.Examine();
            return Report(machine, Checks.All(machine), Console.Out, parsed.GetValue(Json));
        });
        return command;
    }

    /// <summary>Prints findings and uses; returns the exit code.</summary>
    internal static int Report(
        Machine machine, IEnumerable<(string Name, Finding Finding)> findings, TextWriter output, bool json)
    {
        if (json)
        {
            var report = new DoctorReport(
                [.. findings.Select(row =>
                    new FindingRow(row.Name, Mark(row.Finding.Verdict).ToLowerInvariant(), row.Finding.Words))],
                [.. machine.Uses.Select(row => new UseRow(row.Use, row.Problem is null, row.Problem))]);
            output.WriteLine(JsonSerializer.Serialize(report, ControlJson.Default.DoctorReport));
            return machine.ExitCode;
        }

        foreach (var (name, finding) in findings)
            output.WriteLine($"{Mark(finding.Verdict),-5} {name,-12} {finding.Words}");
        output.WriteLine();
        foreach (var (use, problem) in machine.Uses)
            output.WriteLine($"{use}: {(problem is null ? "yes" : $"no, {problem}")}");
        return machine.ExitCode;
    }

    private static string Mark(Verdict verdict) =>
        verdict switch { Verdict.Ok => "ok", Verdict.Warning => "warn", _ => "FAIL" };

    /// <summary>Makes a device with an address in the namespace that <see cref="Machine"/> has made for it.</summary>
    private static int ProbeDevice()
    {
        Isolation.Enter();
        var options = new TunDeviceOptions();
        options.KernelAddresses.Add(TunAddress.Parse("198.18.0.1/24"));
        using var device = TunDevice.Open(options);
        return ExitCode.Success;
    }
}
