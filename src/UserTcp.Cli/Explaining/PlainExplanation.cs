using System.Globalization;
using UserTcp.Capture;
using UserTcp.Capture.Explaining;

namespace UserTcp.Cli.Explaining;

/// <summary>Prints conversations for people: a heading, the summary, and a line for each event.</summary>
internal sealed class PlainExplanation(TextWriter output, LineStyle style) : IExplanationWriter
{
    private EventLine? _lines;
    private bool _isFileRecorded;
    private bool _hasBegun;

    public void Begin(CapturedFile file)
    {
        _isFileRecorded = file.IsRecorded;
        output.WriteLine($"-- {file.Source}");
    }

    public void Begin(ExplainedConversation conversation)
    {
        if (_hasBegun)
            output.WriteLine();
        _hasBegun = true;
        _lines = null;
        var tuple = conversation.Tuple;
        var start = conversation.Start is { } time
            ? string.Create(CultureInfo.InvariantCulture, $" from {DateOf(time):yyyy-MM-dd HH:mm:ss.ffffff} UTC")
            : "";
        var source = _isFileRecorded && !conversation.IsRecorded ? ", inferred from the packets" : "";
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"conversation {conversation.Number}: us {tuple.FormatLocal()}, peer "
            + $"{tuple.FormatRemote()}, {conversation.SegmentCount} "
            + $"{(conversation.SegmentCount == 1 ? "segment" : "segments")}{start}{source}"));
        foreach (var phrase in conversation.Summary)
            output.WriteLine($"  {phrase.Say(style.Language)}");
    }

    public bool Write(ExplainedEvent explained)
    {
        _lines ??= new EventLine(style with { Connection = false, Start = explained.Event.Time });
        if (_lines.Format(explained) is not { } line)
            return false;
        output.WriteLine(line);
        return true;
    }

    private static DateTime DateOf(TimeSpan sinceEpoch) => DateTime.UnixEpoch
        + TimeSpan.FromTicks(Math.Clamp(sinceEpoch.Ticks, 0, (DateTime.MaxValue - DateTime.UnixEpoch).Ticks));
}
