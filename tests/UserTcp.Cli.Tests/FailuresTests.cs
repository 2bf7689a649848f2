using System.Net.Sockets;
using Microsoft.Extensions.Options;
using UserTcp.Tun;
using Xunit;

namespace UserTcp.Cli.Tests;

/// <summary>What goes wrong becomes one line and an exit code of sysexits(3).</summary>
public sealed class FailuresTests
{
    public static TheoryData<string, int, string> Cases => new()
    {
        { nameof(TunFailure.DeviceMissing), 69, "the words" },
        { nameof(TunFailure.NotPermitted), 77, "the words" },
        { nameof(TunFailure.NameInUse), 78, "the words" },
        { nameof(TunFailure.Configuration), 78, "the words" },
        { nameof(TunFailure.Other), 70, "the words" },
        { "options", 78, "One. Two." },
        { "binding", 78, "the words" },
        { "settings", 78, "the words and why" },
        { "command", 127, "the words" },
        { "io", 1, "the words in two lines" },
        { "denied", 1, "the words" },
        { "http", 1, "the stack does not answer (the words): is it still running?" },
        { "broken http", 1, "the stack does not answer (the words (ResponseEnded)): is it still running?" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_failure_is_a_line_and_a_code(string kind, int code, string words)
    {
        using var error = new StringWriter { NewLine = "\n" };

        Assert.Equal(code, await Failures.GuardAsync(() => Task.FromException<int>(Make(kind)), error));

        Assert.Equal($"usertcp: {words}\n", error.ToString());
    }

    [Fact]
    public async Task A_socket_error_is_told_in_the_system_s_words()
    {
        var failure = new SocketException((int)SocketError.AddressAlreadyInUse);
        using var error = new StringWriter { NewLine = "\n" };

        Assert.Equal(1, await Failures.GuardAsync(() => Task.FromException<int>(failure), error));

        Assert.Equal($"usertcp: {failure.Message}\n", error.ToString());
    }

    [Fact]
    public async Task What_goes_well_is_silent()
    {
        using var error = new StringWriter();

        Assert.Equal(42, await Failures.GuardAsync(() => Task.FromResult(42), error));

        Assert.Empty(error.ToString());
    }

    [Fact]
    public async Task A_fault_of_the_program_itself_is_not_hidden() =>
        await Assert.ThrowsAsync<InvalidOperationException>(
            () => Failures.GuardAsync(
                () => Task.FromException<int>(new InvalidOperationException("a bug")), TextWriter.Null));

    private static Exception Make(string kind) => kind switch
    {
        "options" => new OptionsValidationException("", typeof(object), ["One.", "Two."]),
        "binding" => new InvalidOperationException("the words", new FormatException()),
        "settings" => new InvalidDataException("the words", new FormatException("and why")),
        "command" => new CommandException(127, "the words"),
        "io" => new IOException("the words\nin two lines"),
        "denied" => new UnauthorizedAccessException("the words"),
        "http" => new HttpRequestException("the words"),
        "broken http" => new HttpIOException(HttpRequestError.ResponseEnded, "the words"),
        _ => new TunException(Enum.Parse<TunFailure>(kind), "the words"),
    };
}
