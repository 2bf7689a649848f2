using System.Text.Json;
using UserTcp.Cli.Commands;
using UserTcp.Cli.Doctor;
using Xunit;

namespace UserTcp.Cli.Tests;

/// <summary>`usertcp doctor` exits with what the gravest trouble is, and says how to mend each.</summary>
public sealed class DoctorTests
{
    private static readonly (string, Finding)[] Findings =
    [
        ("first", Finding.Good("all is well")),
        ("second", Finding.Warn("so so: do this")),
        ("third", Finding.Bad(ExitCode.DeviceMissing, "missing: do that")),
        ("fourth", Finding.Bad(ExitCode.NotPermitted, "not permitted")),
    ];

    [Fact]
    public void A_line_for_each_finding()
    {
        using var text = new StringWriter { NewLine = "\n" };

        Assert.Equal(69, DoctorCommand.Report(Findings, text, json: false));

        Assert.Equal(
            """
            ok    first        all is well
            warn  second       so so: do this
            FAIL  third        missing: do that
            FAIL  fourth       not permitted

            """, text.ToString());
    }

    [Fact]
    public void JSON_is_one_array()
    {
        using var text = new StringWriter();

        Assert.Equal(77, DoctorCommand.Report(Findings[3..], text, json: true));

        using var json = JsonDocument.Parse(text.ToString());
        var row = Assert.Single(json.RootElement.EnumerateArray());
        Assert.Equal(("fourth", "fail", "not permitted"), (Field(row, "check"), Field(row, "verdict"), Field(row, "words")));
    }

    [Fact]
    public void Warnings_alone_are_success() => Assert.Equal(0, DoctorCommand.Report(Findings[..2], TextWriter.Null, json: false));

    [Fact]
    public void A_node_that_is_missing_can_be_mended()
    {
        var finding = Checks.CheckNode("/nowhere/tun");

        Assert.Equal((Verdict.Failure, ExitCode.DeviceMissing), (finding.Verdict, finding.ExitCode));
        Assert.Equal("/nowhere/tun is missing: sudo modprobe tun; in a container: --device /nowhere/tun", finding.Words);
    }

    [Fact]
    public void Addresses_in_use_are_told_with_their_interfaces()
    {
        Assert.Equal(Verdict.Ok, Checks.CheckAddresses([("eth0", "192.0.2.1"), ("eth1", "198.18.1.1"), ("eth1", "2001:db8:76::1")]).Verdict);

        var taken = Checks.CheckAddresses([("eth0", "192.0.2.1"), ("ut0", "198.18.0.1"), ("ut0", "2001:db8:75::1")]);
        Assert.Equal(Verdict.Warning, taken.Verdict);
        Assert.StartsWith("ut0 has 198.18.0.1, ut0 has 2001:db8:75::1: ", taken.Words, StringComparison.Ordinal);
    }

    private static string? Field(JsonElement row, string name) => row.GetProperty(name).GetString();
}
