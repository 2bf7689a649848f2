using System.CommandLine;
using UserTcp.Capture;
using UserTcp.Cli.Linking;

namespace UserTcp.Cli;

/// <summary>The options of commands with a stack of their own that print its events, or capture its frames.</summary>
internal sealed class TraceOptions
{
    private readonly Option<bool> _watch = new("--watch")
    {
        Description = "Print every segment with its reason, on standard error",
    };

    private readonly Option<bool> _ladder = new("--ladder")
    {
        Description = "The same as a ladder: both ends' states, with an arrow for each segment",
    };

    private readonly Option<bool> _all = new("--all", "-a")
    {
        Description = "With --watch or --ladder: also timers, user calls, states, and what limits the sender",
    };

    private readonly Option<string?> _capture = new("--capture")
    {
        Description = "Write every frame to this pcapng file",
        HelpName = "FILE",
    };

    private readonly StyleOptions _style = new();

    /// <summary>The options that need a stack of the command's own.</summary>
    public IReadOnlyList<Option> All => [_watch, _ladder, _all, _capture];

    public void AddTo(Command command)
    {
        foreach (var option in All)
            command.Options.Add(option);
        _style.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetValue(_watch) && result.GetValue(_ladder))
                result.AddError("--watch excludes --ladder: choose one form");
        });
    }

    /// <summary>The device, with the capture that is asked for.</summary>
    /// <exception cref="CommandException">The file cannot be written.</exception>
    public ILinkDevice Wrap(ParseResult parsed, ILinkDevice device)
    {
        if (parsed.GetValue(_capture) is not { } file)
            return device;
        OutputFile.Check(_capture.Name, file);
        return CapturingDevice.ToFile(device, file, error => ReportEnd(file, error));
    }

    /// <summary>Prints the events of the stack from now on, if that is asked for.</summary>
    public StackWatch? Start(ParseResult parsed, UserTcpStack stack)
    {
        return FormOf(parsed) is { } form ? StackWatch.Start(stack, Console.Error, form, StyleOf(parsed)) : null;
    }

    /// <summary>What watches a link, if that is asked for.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="name">The link's name.</param>
    /// <param name="mtu">Bytes of its longest frame.</param>
    /// <exception cref="CommandException">The file cannot be written.</exception>
    public LinkTrace? StartLink(ParseResult parsed, string name, int mtu)
    {
        var file = parsed.GetValue(_capture);
        if (FormOf(parsed) is null && file is null)
            return null;
        if (file is not null)
            OutputFile.Check(_capture.Name, file);
        var capture = file is null ? null : new PcapngWriter(File.Create(file), name, mtu);
        var printer = FormOf(parsed) is { } form
            ? new TracePrinter(Console.Error, form, StyleOf(parsed))
            : null;
        return new LinkTrace(printer, capture, error => ReportEnd(file!, error));
    }

    private static void ReportEnd(string file, Exception error) =>
        Console.Error.WriteLine($"{CommandTree.Name}: the capture to '{file}' has ended: {error.Message}");

    private EventForm? FormOf(ParseResult parsed) => parsed.GetValue(_ladder) ? EventForm.Ladder
        : parsed.GetValue(_watch) ? EventForm.Lines
        : null;

    private LineStyle StyleOf(ParseResult parsed) =>
        _style.Read(parsed, isError: true) with { AllEvents = parsed.GetValue(_all) };
}
