using UserTcp.Testing.Xunit.Tests.Kit;
using UserTcp.Testing.Xunit.Tests.Specimens;
using Xunit;

namespace UserTcp.Testing.Xunit.Tests;

/// <summary>What a failed virtual test shows. Each runs in a process of its own.</summary>
public sealed class FailureTests
{
    [Fact]
    public async Task A_failure_shows_the_report_the_assertion_and_the_users_line()
    {
        var (exitCode, output) = await TestProgram.RunAsync(nameof(Specimen.Asserts_what_is_not_so));

        Assert.Equal(1, exitCode);
        Contains("UserTcp.Testing.VirtualNetworkException", output);
        Contains("Expected: 7", output);
        Contains("Actual:   2", output);
        Contains(
            "Run it again: USERTCP_SEED=1 dotnet test --filter-method "
            + $"\"{typeof(Specimen).FullName}.{nameof(Specimen.Asserts_what_is_not_so)}\" --explicit on",
            output);
        Contains("As client saw it:", output);
        Contains("it was connected", output);
        Assert.Matches(@"Specimen\.cs(:line |\()18\b", output);
        DoesNotContain("at UserTcp.Testing.Running.", output);
        DoesNotContain("at UserTcp.Testing.Xunit.Running.", output);
    }

    [Fact]
    public async Task The_packets_of_a_failure_are_attached()
    {
        var file = Path.GetTempFileName();
        try
        {
            await TestProgram.RunAsync(
            [
                Specimen.MethodOption, $"*.{nameof(Specimen.Asserts_what_is_not_so)}", "-explicit", "only",
                "-result-xml", file,
            ]);

            Assert.Matches("<attachment name=\"seed-1-[0-9a-f]+\\.pcapng\"", await ReadAsync(file));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task A_test_without_a_parameter_runs_on_a_network()
    {
        var (_, output) = await TestProgram.RunAsync(nameof(Specimen.Fails_without_a_parameter));

        Contains("as it should", output);
        Contains("Run it again: USERTCP_SEED=1", output);
    }

    [Fact]
    public async Task The_first_seed_that_fails_is_named_with_the_output_of_its_run()
    {
        var (_, output) = await TestProgram.RunAsync(nameof(Specimen.Fails_with_seed_17));

        Contains("Run it again: USERTCP_SEED=17 dotnet test", output);
        Contains("Seed 17 failed, in run 8 of at most 50.", output);
        Contains("seed 17", output);
        DoesNotContain("seed 16", output);
    }

    [Fact]
    public async Task A_variable_names_the_seed()
    {
        var failed = await TestProgram.RunAsync(nameof(Specimen.Fails_with_seed_17), ("USERTCP_SEED", "17"));
        var passed = await TestProgram.RunAsync(nameof(Specimen.Fails_with_seed_17), ("USERTCP_SEED", "18"));

        Contains("Run it again: USERTCP_SEED=17 dotnet test", failed.Output);
        DoesNotContain("of at most", failed.Output);
        Assert.Equal(0, passed.ExitCode);
    }

    [Fact]
    public async Task A_variable_that_is_not_valid_is_named()
    {
        var (_, output) = await TestProgram.RunAsync(nameof(Specimen.Fails_with_seed_17), ("USERTCP_SEED", "abc"));

        Contains("The variable USERTCP_SEED is \"abc\". Write a number from 0 to 18446744073709551615", output);
    }

    [Fact]
    public async Task Faults_that_are_not_valid_are_named()
    {
        var (_, output) = await TestProgram.RunAsync(nameof(Specimen.Fails_with_seed_17), ("USERTCP_FAULTS", "all"));

        Contains("The variable USERTCP_FAULTS is \"all\". Copy it from the report of a failure", output);
    }

    [Fact]
    public async Task An_order_that_fails_is_found_and_runs_again()
    {
        var (exitCode, output) = await TestProgram.RunAsync(nameof(Specimen.Depends_on_the_order));

        Assert.Equal(1, exitCode);
        var order = System.Text.RegularExpressions.Regex.Match(output, "USERTCP_SEED=1 USERTCP_ORDER=([0-9]+) dotnet");
        Assert.True(order.Success, output);
        var again = await TestProgram.RunAsync(
            nameof(Specimen.Depends_on_the_order), ("USERTCP_SEED", "1"), ("USERTCP_ORDER", order.Groups[1].Value));
        var usual = await TestProgram.RunAsync(nameof(Specimen.Depends_on_the_order), ("USERTCP_SEED", "1"));
        Assert.Equal(1, again.ExitCode);
        Assert.Equal(0, usual.ExitCode);
    }

    [Fact]
    public async Task Two_runs_are_compared()
    {
        var (_, output) = await TestProgram.RunAsync(nameof(Specimen.Differs_in_each_run));

        Contains("Two runs with the same seed differ from line 1 on", output);
    }

    [Fact]
    public async Task A_failure_is_shrunk_to_the_fewest_faults()
    {
        var (_, output) = await TestProgram.RunAsync(nameof(Specimen.Needs_the_first_SYN));

        Contains("this report is of a run of the same seed with one, with which the test still fails.", output);
        Assert.Matches("drop (packet|syn|syn-ack):[12] ", output);
        Contains("Packets: ", output);
    }

    [Fact]
    public async Task A_shrunk_run_says_how_to_run_it_again_with_its_faults_alone()
    {
        var (_, output) = await TestProgram.RunAsync(nameof(Specimen.Needs_the_first_SYN));
        var line = System.Text.RegularExpressions.Regex.Match(
            output, "Run it again: USERTCP_SEED=([0-9]+) USERTCP_FAULTS=([a-z]+@[0-9:]+) dotnet test");
        Assert.True(line.Success, output);

        var again = await TestProgram.RunAsync(
            nameof(Specimen.Needs_the_first_SYN), ("USERTCP_SEED", line.Groups[1].Value),
            ("USERTCP_FAULTS", line.Groups[2].Value));
        var without = await TestProgram.RunAsync(
            nameof(Specimen.Needs_the_first_SYN), ("USERTCP_SEED", line.Groups[1].Value), ("USERTCP_FAULTS", "none"));

        Assert.Equal(1, again.ExitCode);
        Contains(line.Value, again.Output);
        Assert.Equal(0, without.ExitCode);
    }

    [Theory]
    [InlineData(
        nameof(Specimen.Has_an_impairment_that_is_not_valid), "Impairment = \"loss=lots\" of the test is not valid")]
    [InlineData(nameof(Specimen.Has_no_seeds), "Seeds = 0 of the test is not valid: it is 1 or more.")]
    [InlineData(nameof(Specimen.Goes_on_for_ever), "Test execution timed out after 100 milliseconds")]
    public async Task A_mistake_is_named(string specimen, string expected)
    {
        var (exitCode, output) = await TestProgram.RunAsync(specimen);

        Assert.Equal(1, exitCode);
        Contains(expected, output);
    }

    [Fact]
    public async Task A_test_can_skip_itself()
    {
        var (exitCode, output) = await TestProgram.RunAsync(nameof(Specimen.Skips_itself));

        Assert.Equal(0, exitCode);
        Contains("not today", output);
        DoesNotContain("Run it again", output);
    }

    [Theory]
    [InlineData(nameof(Specimen.Fails_with_2))]
    [InlineData(nameof(Specimen.Finds_its_data_late))]
    public async Task The_name_of_a_theory_has_its_data_and_no_network(string specimen)
    {
        var (_, output) = await TestProgram.RunAsync(specimen);

        Contains($"{typeof(Specimen).FullName}.{specimen}(data: 2) [FAIL]", output);
        DoesNotContain("(data: 1) [FAIL]", output);
        Contains("Total: 2, Errors: 0, Failed: 1", output);
    }

    private static void Contains(string expected, string output) =>
        Assert.True(output.Contains(expected, StringComparison.Ordinal), $"There is no \"{expected}\" in:\n{output}");

    private static void DoesNotContain(string unexpected, string output) =>
        Assert.False(output.Contains(unexpected, StringComparison.Ordinal), $"There is \"{unexpected}\" in:\n{output}");

    private static Task<string> ReadAsync(string file) =>
        File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
}
