using System.Globalization;
using UserTcp.Capture;
using UserTcp.Capture.Explaining;
using UserTcp.Capture.Inference;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Cli.Explaining;

/// <summary>Prints conversations for people: a heading, the summary, and a line for each segment.</summary>
internal sealed class PlainExplanation(TextWriter output, Language language) : IExplanationWriter
{
    private bool _hasBegun;

    public void Begin(CapturedConversation conversation, ConversationEnd us, ConversationSummary summary)
    {
        if (_hasBegun)
            output.WriteLine();
        _hasBegun = true;
        var tuple = conversation.TupleOf(us);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"conversation {conversation.Number}: us {Name(tuple.LocalAddress, tuple.LocalPort)}, peer "
            + $"{Name(tuple.RemoteAddress, tuple.RemotePort)}, {conversation.SegmentCount} segments from "
            + $"{StartOf(conversation):yyyy-MM-dd HH:mm:ss.ffffff} UTC"));
        foreach (var phrase in summary.Phrases)
            output.WriteLine($"  {phrase.Say(language)}");
    }

    public void Write(CapturedConversation conversation, CapturedEvent captured) =>
        output.WriteLine(Line(captured, conversation.Start, language));

    /// <summary>The time of the first segment.</summary>
    public static DateTime StartOf(CapturedConversation conversation) =>
        DateTime.UnixEpoch + TimeSpan.FromTicks(Math.Min(
            conversation.Start.Ticks, (DateTime.MaxValue - DateTime.UnixEpoch).Ticks));

    /// <summary>
    /// A segment: its time since the first one, its frame, its direction, its header, and what it means.
    /// </summary>
    internal static string Line(CapturedEvent captured, MonotonicTime start, Language language)
    {
        var explained = captured.Explained;
        var segment = explained.Event.Segment;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{(segment.Time - start).TotalSeconds,12:F6} #{captured.Frame,-6} {(segment.Sent ? "->" : "<-")} "
            + $"{SegmentLine.Flags(segment.Header.Flags),-11} {SegmentLine.Numbers(explained)} "
            + $"{explained.Say(language)}");
    }

    private static string Name(IpAddress address, Port port) =>
        address.IsIPv4 ? $"{address}:{port.Value}" : $"[{address}]:{port.Value}";
}
