using System.CommandLine;
using UserTcp.Capture;
using UserTcp.Cli.Hosting;
using UserTcp.Cli.Services;

namespace UserTcp.Cli.Commands;

/// <summary>`usertcp demo`: lets the real kernel talk to the stack, and prints what was said and why.</summary>
internal static class DemoCommand
{
    private static readonly TimeSpan Msl = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    public static Command Create()
    {
        var command = new DetailedCommand(
            "demo", "Let the real kernel fetch a page, and explain each segment",
            """
            Works in a private network namespace, as any user. The real kernel fetches a page from the stack
            twice; both conversations are printed segment by segment, with the reason for each.
            Exits with 0 when all was as it should be.
            """);
        command.SetAction((_, cancellationToken) => RunAsync(cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        Isolation.Enter();
        var ladder = new Ladder();
        var options = new StackHostOptions
        {
            Services = [ServiceCatalog.Http],
            Configure = options => options.Engine.MaxSegmentLifetime = Msl,
            Observer = ladder,
        };
        await using var host = await StackHost.StartAsync(options, cancellationToken);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Timeout);
        var story = new DemoStory(host.Stack, ladder, Console.Out);
        try
        {
            var isRight = await story.ClientClosesFirstAsync(limit.Token) & await story.ServerClosesFirstAsync(limit.Token);
            Console.WriteLine(isRight ? "All as RFC 9293 has it." : "Something was not as it should be: see above.");
            return isRight ? ExitCode.Success : ExitCode.Failure;
        }
        catch (OperationCanceledException)
        {
            throw new CommandException(ExitCode.Failure, $"the demo did not come to its end within {Timeout.TotalSeconds} s");
        }
    }
}
