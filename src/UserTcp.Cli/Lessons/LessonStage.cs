using System.Diagnostics;
using UserTcp.Capture.Explaining;
using UserTcp.Wire;

namespace UserTcp.Cli.Lessons;

/// <summary>What a lesson uses while it is played: it says, asks, shows, waits and checks.</summary>
/// <param name="lesson">The lesson.</param>
/// <param name="output">Presents it.</param>
/// <param name="cancellationToken">Ends it.</param>
/// <param name="sabotage">For tests: triggers that each network has besides those of the lesson.</param>
internal sealed class LessonStage(
    Lesson lesson, ILessonOutput output, CancellationToken cancellationToken, string sabotage = "")
{
    /// <summary>The limit of each wait. A loaded machine needs seconds for what takes milliseconds otherwise.</summary>
    private static readonly TimeSpan WaitLimit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(2);

    private readonly Dictionary<Claim, bool> _checked = [];

    /// <summary>Ends the lesson.</summary>
    public CancellationToken Cancelled => cancellationToken;

    /// <summary>How many claims hold.</summary>
    public int Held => _checked.Count(one => one.Value);

    /// <summary>Claims that the lesson declares, and that its run has not checked.</summary>
    public IEnumerable<Claim> Unchecked => lesson.Claims.Where(claim => !_checked.ContainsKey(claim));

    /// <summary>Starts a private network with the stack in it.</summary>
    /// <param name="impair">What the link does, as <c>--impair</c> reads it.</param>
    /// <param name="configure">Changes the options of the stack's engine.</param>
    public Task<LessonNetwork> StartAsync(
        string impair = "", Action<Engine.Contract.EngineOptions>? configure = null) =>
        LessonNetwork.StartAsync(
            string.Join(',', new[] { impair, sabotage }.Where(part => part.Length > 0)), configure, cancellationToken);

    public Task SayAsync(string english, string korean) => EmitAsync(new ParagraphItem(new Words(english, korean)));

    public Task AskAsync(Question question) => EmitAsync(new AskItem(question));

    /// <summary>Shows the ladder of a connection.</summary>
    /// <param name="network">The network.</param>
    /// <param name="conversation">The connection.</param>
    /// <param name="english">What it shows, in English.</param>
    /// <param name="korean">The same in Korean.</param>
    /// <param name="where">Which events; null for all.</param>
    public Task ShowAsync(
        LessonNetwork network, FourTuple conversation, string english, string korean,
        Func<ExplainedEvent, bool>? where = null)
    {
        var all = network.Events(conversation).Where(Evidence.IsOnLadder).ToArray();
        ExplainedEvent[] shown = where is null ? all : [.. all.Where(where)];
        return EmitAsync(new EventsItem(new Words(english, korean), shown, all.Length - shown.Length));
    }

    public Task ShowTableAsync(
        Words caption, IReadOnlyList<Words> heading, IReadOnlyList<IReadOnlyList<Words>> rows) =>
        EmitAsync(new TableItem(caption, heading, rows));

    /// <summary>Records the result of a claim, and shows it with what was seen.</summary>
    /// <exception cref="InvalidOperationException">It is no claim of the lesson, or was checked before.</exception>
    public Task CheckAsync(Claim claim, bool holds, string english, string korean)
    {
        if (!lesson.Claims.Contains(claim) || !_checked.TryAdd(claim, holds))
        {
            throw new InvalidOperationException(
                $"'{claim.English}' is no claim of {lesson.Name}, or is checked twice.");
        }


        return EmitAsync(new ClaimItem(claim, holds, new Words(english, korean)));
    }

    /// <summary>The same, where what was seen has no words of a language.</summary>
    public Task CheckAsync(Claim claim, bool holds, string seen) => CheckAsync(claim, holds, seen, seen);

    /// <summary>Waits until a condition is true.</summary>
    /// <exception cref="LessonException">It did not become true within the limit.</exception>
    public async Task UntilAsync(Func<bool> condition, string what)
    {
        var started = Stopwatch.GetTimestamp();
        while (!condition())
        {
            if (Stopwatch.GetElapsedTime(started) > WaitLimit)
                throw new LessonException($"{what} did not come within {WaitLimit.TotalSeconds} s");
            await Task.Delay(PollInterval, cancellationToken);
        }
    }

    private Task EmitAsync(LessonItem item) => output.EmitAsync(item, cancellationToken);
}
