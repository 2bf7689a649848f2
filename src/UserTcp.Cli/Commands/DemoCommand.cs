using System.CommandLine;
using UserTcp.Capture;
using UserTcp.Capture.Pictures;
using UserTcp.Cli.Hosting;
using UserTcp.Cli.Services;

namespace UserTcp.Cli.Commands;

/// <summary>
/// `usertcp demo`: the kernel fetches a page from the stack; every segment is printed with its reason.
/// </summary>
internal static class DemoCommand
{
    private static readonly TimeSpan Msl = TimeSpan.FromSeconds(1);

    private static readonly Option<string?> Svg = new("--svg")
    {
        Description = "Draw the first conversation as an SVG picture in this file",
        HelpName = "FILE",
    };

    public static Command Create()
    {
        var command = new DetailedCommand(
            "demo", "Let the real kernel fetch a page, and explain each segment",
            """
            Works in a private network namespace, as any user. The kernel fetches a page from the stack twice.
            Both conversations are printed segment by segment, with the reason for each, and checked: the
            states of both ends, the page, and the last ACK. The kernel says its states itself. Exits with 0
            when all is right, and with 1 otherwise.
            """)
        {
            Svg,
        };
        command.SetAction((parsed, cancellationToken) => RunAsync(parsed.GetValue(Svg), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(string? picture, CancellationToken cancellationToken)
    {
        if (picture is not null)
            OutputFile.Check(Svg.Name, picture);
        Isolation.Enter();
        var ladder = new Ladder();
        using var kernel = new KernelStates(ladder);
        var options = new StackHostOptions
        {
            Services = [ServiceCatalog.Http],
            Configure = options => options.Engine.MaxSegmentLifetime = Msl,
            Observer = kernel,
            OpenDevice = kernel.Open,
        };
        await using var host = await StackHost.StartAsync(options, cancellationToken);
        var story = new DemoStory(host.Stack, ladder, Console.Out);
        var isRight = await story.ClientClosesFirstAsync(cancellationToken)
            & await story.ServerClosesFirstAsync(cancellationToken);
        if (picture is not null)
        {
            var events = ladder.Events(ladder.Conversations[0]);
            await File.WriteAllTextAsync(picture, LadderPicture.Draw(events), cancellationToken);
        }

        Console.WriteLine(
            isRight ? "All as RFC 9293 has it." : "Not as RFC 9293 has it: see the lines that begin with WRONG.");
        return isRight ? ExitCode.Success : ExitCode.Failure;
    }
}
