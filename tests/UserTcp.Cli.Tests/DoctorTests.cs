using System.Text.Json;
using UserTcp.Cli.Commands;
using UserTcp.Cli.Doctor;
using UserTcp.Cli.Hosting;
using Xunit;

namespace UserTcp.Cli.Tests;

/// <summary>`usertcp doctor` says what can run here, and how to fix what cannot.</summary>
public sealed class DoctorTests
{
    private static readonly (string, Finding)[] Findings =
    [
        ("first", Finding.Good("all is well")),
        ("second", Finding.Warn("so so: do this")),
        ("third", Finding.Bad("missing: do that")),
    ];

    public static TheoryData<string, string[]> Machines => new()
    {
        { "{}", ["demo: yes", "lab: yes", "up: yes", "tests: yes"] },
        {
            """{"NodeProblem":"/dev/net/tun is missing","PrivilegeProblem":"CAP_NET_ADMIN is missing"}""",
            [
                "demo: no, /dev/net/tun is missing", "lab: no, /dev/net/tun is missing",
                "up: no, /dev/net/tun is missing", "tests: no, /dev/net/tun is missing",
            ]
        },
        {
            """{"PrivilegeProblem":"CAP_NET_ADMIN is missing"}""",
            ["demo: yes", "lab: yes", "up: no, CAP_NET_ADMIN is missing", "tests: yes"]
        },
        {
            """{"NamespaceProblem":"no namespaces"}""",
            ["demo: no, no namespaces", "lab: no, no namespaces", "up: yes", "tests: no, no namespaces"]
        },
        {
            """{"DeviceProblem":"no device"}""",
            ["demo: no, no device", "lab: no, no device", "up: yes", "tests: no, no device"]
        },
        {
            """{"ProgramProblems":["nc is not OpenBSD's","iperf3 is missing"]}""",
            ["demo: yes", "lab: yes", "up: yes", "tests: no, nc is not OpenBSD's, iperf3 is missing"]
        },
    };

    [Theory]
    [MemberData(nameof(Machines))]
    public void The_last_lines_say_what_can_run(string machine, string[] lines)
    {
        using var text = new StringWriter { NewLine = "\n" };

        DoctorCommand.Report(JsonSerializer.Deserialize<Machine>(machine)!, [], text, json: false);

        Assert.Equal($"\n{string.Join('\n', lines)}\n", text.ToString());
    }

    [Fact]
    public void A_line_for_each_finding()
    {
        using var text = new StringWriter { NewLine = "\n" };

        Assert.Equal(0, DoctorCommand.Report(new Machine(), Findings, text, json: false));

        Assert.StartsWith(
            """
            ok    first        all is well
            warn  second       so so: do this
            FAIL  third        missing: do that

            demo: yes
            """, text.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void JSON_has_the_checks_and_the_uses()
    {
        using var text = new StringWriter();

        DoctorCommand.Report(new Machine { PrivilegeProblem = "not permitted" }, Findings[2..], text, json: true);

        Assert.Equal(
            """
            {"checks":[{"check":"third","verdict":"fail","words":"missing: do that"}],"uses":[{"use":"demo","works":true,"problem":null},{"use":"lab","works":true,"problem":null},{"use":"up","works":false,"problem":"not permitted"},{"use":"tests","works":true,"problem":null}]}
            """, text.ToString().TrimEnd());
    }

    [Fact]
    public void It_fails_only_when_the_demo_cannot_run()
    {
        Assert.Equal(0, new Machine { PrivilegeProblem = "x", ProgramProblems = ["x"] }.ExitCode);
        Assert.Equal(77, new Machine { NamespaceProblem = "x" }.ExitCode);
        Assert.Equal(77, new Machine { DeviceProblem = "x" }.ExitCode);
    }

    [Fact]
    public void A_node_that_is_missing_is_named() =>
        Assert.Equal("/nowhere/tun is missing", TunNode.FindProblem("/nowhere/tun"));

    [Fact]
    public void A_node_that_can_be_opened_is_no_problem() => Assert.Null(TunNode.FindProblem("/dev/null"));

    [Theory]
    [InlineData("000001fffeffffff", true, true)]
    [InlineData("000001fffeffefff", false, true)]
    [InlineData("0000000000001000", true, false)]
    [InlineData("0000000000000000", false, false)]
    public void Capabilities_are_those_of_the_effective_set(string effective, bool hasNetAdmin, bool hasSysAdmin)
    {
        var capabilities = Capabilities.Parse(
            ["CapInh:\tffffffffffffffff", $"CapEff:\t{effective}", "CapBnd:\tffffffffffffffff"]);

        Assert.Equal((hasNetAdmin, hasSysAdmin), (capabilities.HasNetAdmin, capabilities.HasSysAdmin));
    }

    [Fact]
    public void Addresses_in_use_are_named_with_their_interfaces()
    {
        Assert.Equal(
            Verdict.Ok,
            Checks.CheckAddresses([("eth0", "192.0.2.1"), ("eth1", "198.18.1.1"), ("eth1", "2001:db8:76::1")]).Verdict);

        var taken = Checks.CheckAddresses([("eth0", "192.0.2.1"), ("ut0", "198.18.0.1"), ("ut0", "2001:db8:75::1")]);
        Assert.Equal(Verdict.Warning, taken.Verdict);
        Assert.StartsWith("ut0 has 198.18.0.1, ut0 has 2001:db8:75::1: ", taken.Words, StringComparison.Ordinal);
    }
}
