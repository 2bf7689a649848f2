using System.Globalization;
using UserTcp.Capture.Inference;
using UserTcp.Capture.Reading;
using UserTcp.Capture.Recorded;
using UserTcp.Wire;

namespace UserTcp.Cli.Explaining;

/// <summary>
/// A capture file, with all that it has: its conversations, and the events of a stack that has written it.
/// </summary>
internal sealed class CapturedFile
{
    private readonly CapturedConversations _captured = new();
    private readonly RecordedEvents _recorded = new();
    private readonly string _name;
    private readonly CaptureReader _reader;
    private readonly bool _isRecorded;

    /// <param name="name">The file's name, for messages.</param>
    /// <param name="stream">The file.</param>
    /// <param name="infers">Leave out the events of a stack.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public CapturedFile(string name, Stream stream, bool infers, CancellationToken cancellationToken)
    {
        _name = name;
        _reader = CaptureReader.Open(stream);
        while (_reader.TryRead(out var packet))
        {
            cancellationToken.ThrowIfCancellationRequested();
            _captured.Add(packet);
            if (infers)
                continue;
            _recorded.Add(_reader.StatisticsOptions);
            _recorded.Add(packet);
        }

        if (!infers)
            _recorded.Add(_reader.StatisticsOptions);
        _recorded.Complete();
        _isRecorded = _recorded.Conversations.Count > 0 && _recorded.Problem is null;
    }

    /// <summary>Where the words come from, for the first line.</summary>
    public string Source => _isRecorded
        ? string.Create(CultureInfo.InvariantCulture, $"as recorded by the stack, in {_recorded.Count:N0} events")
        : "inferred from the packets";

    /// <summary>The events of a stack are used.</summary>
    public bool IsRecorded => _isRecorded;

    /// <summary>The conversations that are chosen, in the order of their first packets.</summary>
    public IEnumerable<ExplainedConversation> Conversations(ConversationChoice choice)
    {
        var recorded = RecordedByTuple();
        foreach (var conversation in _captured.All)
        {
            var found = Find(recorded, conversation.Ends);
            if (!choice.MayInclude(conversation.Number, conversation.Ends))
                continue;
            var us = choice.SideOf(conversation.Ends);
            var explained = found is not null && choice.Allows(found.Tuple, found.IsOpenedByUs)
                ? Of(found, conversation.Number)
                : Of(conversation, us);
            if (choice.Includes(explained))
                yield return explained;
        }

        // Those without a packet in the file, such as of the host with itself.
        var number = _captured.All.Count;
        foreach (var rest in recorded.Values.SelectMany(list => list).OrderBy(one => one.Number))
        {
            number++;
            if (!choice.MayInclude(number, rest.Tuple))
                continue;
            var explained = Of(rest, number);
            if (choice.Includes(explained))
                yield return explained;
        }
    }

    /// <summary>Reports what was left out, and a file that is broken; returns the exit code.</summary>
    public int Report()
    {
        foreach (var (count, what) in new[]
        {
            (_captured.CutPackets, "packets were not captured as a whole: their headers are used"),
            (_captured.UnusablePackets, "packets were left out: lengths that contradict each other, or cut headers"),
            (_captured.Fragments, "packets were left out: fragments of IP packets"),
            (_captured.OmittedSegments, "packets were left out: the capture has too many segments; split the file"),
            (_isRecorded ? _recorded.Missing : 0, "events are not in the file: what they say is not known"),
            (_recorded.Omitted, "events were left out: the capture has too many; split the file"),
        })
        {
            if (count > 0)
                Console.Error.WriteLine($"usertcp: {_name}: {count} {what}");
        }

        if (_recorded.Problem is { } problem)
            Console.Error.WriteLine($"usertcp: {_name}: the events in it do not count, so all is inferred: {problem}");
        if (_reader.Error is { } error)
        {
            Console.Error.WriteLine($"usertcp: {_name}: {error}. Packets read before: {_reader.Packets}");
            return ExitCode.NoInput;
        }

        if (_captured.All.Count == 0)
            Console.Error.WriteLine($"usertcp: {_name} has no TCP segments; packets read: {_reader.Packets}");
        return ExitCode.Success;
    }

    private Dictionary<FourTuple, Queue<RecordedConversation>> RecordedByTuple()
    {
        var found = new Dictionary<FourTuple, Queue<RecordedConversation>>();
        foreach (var conversation in _isRecorded ? _recorded.Conversations : [])
        {
            if (!found.TryGetValue(conversation.Tuple, out var queue))
                found.Add(conversation.Tuple, queue = new Queue<RecordedConversation>());
            queue.Enqueue(conversation);
        }

        return found;
    }

    /// <summary>The next connection between two ends, whichever of them is the stack.</summary>
    private static RecordedConversation? Find(
        Dictionary<FourTuple, Queue<RecordedConversation>> recorded, in FourTuple ends)
    {
        return recorded.GetValueOrDefault(ends) is { } own && own.TryDequeue(out var found)
            || recorded.GetValueOrDefault(ends.Reverse) is { } other && other.TryDequeue(out found)
            ? found
            : null;
    }

    private static ExplainedConversation Of(RecordedConversation conversation, int number) => new()
    {
        Number = number,
        Tuple = conversation.Tuple,
        IsOpenedByUs = conversation.IsOpenedByUs,
        IsRecorded = true,
        SegmentCount = conversation.SegmentCount,
        State = conversation.State,
        Start = conversation.Start,
        Summary = conversation.Summarize(),
        Events = conversation.Events,
    };

    private static ExplainedConversation Of(CapturedConversation conversation, ConversationEnd us)
    {
        var summary = conversation.Summarize();
        return new ExplainedConversation
        {
            Number = conversation.Number,
            Tuple = conversation.TupleOf(us),
            IsOpenedByUs = us == ConversationEnd.Opener,
            IsRecorded = false,
            SegmentCount = conversation.SegmentCount,
            State = us == ConversationEnd.Opener ? summary.OpenerState : summary.AcceptorState,
            Start = TimeSpan.FromTicks(conversation.Start.Ticks),
            Summary = summary.Phrases,
            Events = conversation.Explain(us).Select(captured => captured.Explained),
        };
    }
}
