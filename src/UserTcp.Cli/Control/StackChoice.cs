using System.CommandLine;
using System.Globalization;
using System.Text.Json;

namespace UserTcp.Cli.Control;

/// <summary>Chooses one of the running stacks by its device or by its process.</summary>
internal static class StackChoice
{
    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(2);

    /// <summary>The option of commands that ask a running stack.</summary>
    public static Option<string?> Option()
    {
        var option = new Option<string?>("--stack")
        {
            Description = "Which stack, by its device or process id, where several run",
            HelpName = "DEVICE|PID",
        };
        option.CompletionSources.Add(static _ =>
            Describe(ControlSocket.FindRunning(), CancellationToken.None).GetAwaiter().GetResult()
                .SelectMany(running => new[] { running.Notice.Device, Id(running.Notice) }));
        return option;
    }

    /// <summary>Connects to the stack that is named, or to the only one.</summary>
    /// <exception cref="CommandException">None runs, none has that name, or several could be meant.</exception>
    public static async Task<ControlClient> ConnectAsync(string? name, CancellationToken cancellationToken)
    {
        var paths = ControlSocket.FindRunning();
        if (paths.Count == 0)
        {
            throw new CommandException(
                ExitCode.Failure,
                "no stack runs for this user: start one with 'usertcp up', or ask inside 'usertcp lab'");
        }

        return paths is [var only] && name is null
            ? new ControlClient(only)
            : new ControlClient(Choose(await Describe(paths, cancellationToken), name));
    }

    /// <summary>The path of the one that is meant.</summary>
    internal static string Choose(IReadOnlyList<(string Path, StackNotice Notice)> running, string? name)
    {
        if (running.Count == 0)
        {
            throw new CommandException(
                ExitCode.Failure,
                "no stack of this user answers: each hangs or has just ended; try again, or restart them");
        }

        var meant = running.Where(one => name is null || one.Notice.Device == name || Id(one.Notice) == name).ToList();
        if (meant is [var only])
            return only.Path;
        var problem = (name, meant.Count) switch
        {
            (null, _) => $"{running.Count} stacks run: choose one with --stack:",
            (_, 0) => $"--stack: no stack '{name}' runs for this user: choose from",
            _ => $"--stack: {meant.Count} stacks have the device '{name}': choose by process id:",
        };
        var choices = meant.Count > 0 ? meant : running;
        throw new CommandException(
            ExitCode.Usage, $"{problem} {string.Join(", ", choices.Select(choice => choice.Notice))}");
    }

    private static async Task<IReadOnlyList<(string Path, StackNotice Notice)>> Describe(
        IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        var all = await Task.WhenAll(paths.Select(path => Describe(path, cancellationToken)));
        return [.. all.OfType<(string, StackNotice)>()];
    }

    /// <summary>Null for one that does not answer, such as one that ends just now.</summary>
    private static async Task<(string Path, StackNotice Notice)?> Describe(
        string path, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(MaxWait);
        try
        {
            using var client = new ControlClient(path);
            return (path, await client.GetAsync("/stack", ControlJson.Default.StackNotice, limit.Token));
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or JsonException
            || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return null;
        }
    }

    private static string Id(StackNotice notice) => notice.Pid.ToString(CultureInfo.InvariantCulture);
}
