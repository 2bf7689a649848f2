using Xunit;

namespace UserTcp.Cli.Tests;

/// <summary>Help: one line for each command in the list of all, and everything else in the command's own.</summary>
public sealed class HelpTests
{
    public static TheoryData<string> Commands =>
        [
            "demo", "lab", "lesson", "up", "nc", "ss", "watch", "plot", "explain", "sim", "campaign", "link", "doctor",
            "completion", "man",
        ];

    [Fact]
    public async Task The_list_of_commands_has_one_line_for_each() => Assert.Equal(
        """
        Description:
          A TCP/IP host stack in user space, behind a Linux TUN device. Start with: usertcp demo

        Usage:
          usertcp [command] [options]

        Options:
          -?, -h, --help  Show help and usage information
          --version       Show version information

        Commands:
          demo                     Let the real kernel fetch a page, and explain each segment
          lab <command>            Run a command, or a shell, in a private network with the stack in it
          lesson <lesson>          Teach TCP by runs against the real kernel, which check what they claim
          up                       Run the stack and its services in the current network namespace
          nc <target>              Connect standard input and output over the user stack
          ss <filter>              Print the socket table of a running stack
          watch <filter>           Print every segment of a running stack, with its reason
          plot <FILE>              Draw a connection as an SVG picture
          explain <FILE> <filter>  Explain the TCP conversations of a capture file, of any two hosts
          replay <FILE> <filter>   Run a recording of a stack again, exactly, and print its events
          sim                      Simulate stacks over a bad link in virtual time
          campaign <FILE>          Put the results of many ranges together
          link                     Join two network namespaces by a link that loses, delays, reorders...
          doctor                   Check what the stack needs here, and say how to fix each
          completion <shell>       Print a script that completes command lines in a shell
          man                      Print the manual page of all commands, for man

        More about a command: usertcp COMMAND --help
        """ + "\n", await HelpAsync());

    [Fact]
    public async Task A_command_explains_itself_its_options_and_an_example() => Assert.Equal(
        """
        Description:
          Print every segment of a running stack, with its reason

        Usage:
          usertcp watch [<filter>...] [options]

        Arguments:
          <filter>  Which connections, such as: state established sport = :80

        Options:
          -c, --count <N>                         Stop after that many events
          --stack <DEVICE|PID>                    Which stack, by its device or process id, where several
                                                  run
          -a, --all                               Also timers, user calls, states, and what limits the
                                                  sender
          --why                                   Below each retransmission its causes, back to the lost
                                                  frame
          --changes                               Below each event what it changed
          --ladder                                Ladders instead of lines: both ends' states, with an
                                                  arrow for each segment
          --json                                  A JSON object for each event
          --json-seq                              The same as a JSON text sequence (RFC 7464) in the manner
                                                  of qlog
          --reason <NAME[,NAME]>                  Only events with one of these reasons (docs/reasons.md)
          --severity <normal|note|warning|error>  Only events of this severity and above [default: normal]
          --lang <en|ko>                          The language of the sentences [default: en]
          --color <auto|always|never>             Colours by severity; auto is for terminals, unless
                                                  NO_COLOR is set [default: auto]
          -4, --ipv4                              IPv4 only
          -6, --ipv6                              IPv6 only
          -?, -h, --help                          Show help and usage information

        Of the 'usertcp up' of this user, or of the lab around this command, until it stops, or is
        interrupted, or --count events have passed. Exits with 1 when the stack fails or is killed. Each
        event has a number; '#' before a sequence number says that it is absolute. Making lines leaves
        most of the CPU to the stack. When the rest is too little, a line says how many events were
        missed. The state of a segment is the one after it.
        A filter is as ss(8) has it: states first ('state established', 'exclude time-wait', 'state
        connected'), then sport, dport, src and dst, joined by and, or, not and parentheses:
          state established '( sport = :http or sport = :8080 )' dst 198.18.0.0/24

        Examples:
          usertcp lab -- sh -c 'usertcp watch -c 20 sport = :80 & sleep 1; curl -s http://198.18.0.2/; wait'
          usertcp watch --why --severity note
        """ + "\n", await HelpAsync("watch"));

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Help_fits_on_a_terminal_and_starts_with_the_line_of_the_list(string command)
    {
        var help = await HelpAsync(command);

        Assert.All(help.Split('\n'), line => Assert.InRange(line.Length, 0, 100));
        var summary = help.Split('\n')[1].Trim();
        Assert.Contains(summary, await HelpAsync(), StringComparison.Ordinal);
        Assert.Contains($"usertcp {command}", help, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_wins_over_whatever_else_is_on_the_line() =>
        Assert.Equal(await HelpAsync("up"), await HelpAsync("up", "--mtu", "9000"));

    private static async Task<string> HelpAsync(params string[] words)
    {
        using var text = new StringWriter { NewLine = "\n" };
        Assert.Equal(0, await CommandTree.InvokeAsync(CommandTree.Parse([.. words, "--help"]), text));
        return text.ToString();
    }
}
