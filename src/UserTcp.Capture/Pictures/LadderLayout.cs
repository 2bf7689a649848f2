namespace UserTcp.Capture.Pictures;

/// <summary>Where a row of a ladder is. Coordinates are pixels; y grows downwards.</summary>
internal sealed record PlacedRow
{
    /// <summary>What it says.</summary>
    public required LadderRow Row { get; init; }

    /// <summary>The numbers of a segment in lines; the first begins behind the control bits.</summary>
    public IReadOnlyList<string> Numbers { get; init; } = [];

    /// <summary>The lines of the reason.</summary>
    public IReadOnlyList<string> Reasons { get; init; } = [];

    /// <summary>The lines of the changes.</summary>
    public IReadOnlyList<string> Changes { get; init; } = [];

    /// <summary>The top.</summary>
    public double Top { get; init; }

    /// <summary>Where it touches our lifeline.</summary>
    public double Ours { get; init; }

    /// <summary>Where it touches the peer's lifeline.</summary>
    public double Peers { get; init; }

    /// <summary>The first line's top under the arrow.</summary>
    public double Below { get; init; }

    /// <summary>Where the states that begin with it are named; 0 for beside the lifelines.</summary>
    public double Chips { get; init; }

    /// <summary>It is one of two segments that cross.</summary>
    public bool IsCrossing { get; init; }

    /// <summary>The time is that of the row above.</summary>
    public bool RepeatsTime { get; init; }

    /// <summary>The bottom.</summary>
    public double Bottom { get; init; }
}

/// <summary>Gives each row of a ladder its place.</summary>
internal sealed class LadderLayout
{
    private const double NarrowBelow = 700;
    private const double Gap = 9;

    private readonly List<PlacedRow> _placed = [];
    private double _y;
    private string _lastTime = "";

    public LadderLayout(int width)
    {
        IsNarrow = width < NarrowBelow;
        Width = width;
        Label = Lettering.Mono(IsNarrow ? 11 : 13);
        Small = Lettering.Sans(IsNarrow ? 11 : 12.5);
        Code = Lettering.Mono(IsNarrow ? 10.5 : 11.5);
        Left = IsNarrow ? 28 : 210;
        Right = width - (IsNarrow ? 14 : 122);
    }

    /// <summary>The picture is too narrow to name states beside the lifelines.</summary>
    public bool IsNarrow { get; }

    public double Width { get; }

    /// <summary>The font of flags and numbers.</summary>
    public Lettering Label { get; }

    /// <summary>The font of reasons.</summary>
    public Lettering Small { get; }

    /// <summary>The font of states, times and changes.</summary>
    public Lettering Code { get; }

    /// <summary>x of our lifeline.</summary>
    public double Left { get; }

    /// <summary>x of the peer's lifeline.</summary>
    public double Right { get; }

    /// <summary>The width for words between the lifelines.</summary>
    private double Room => Right - Left - 24;

    /// <summary>Places all rows below a top.</summary>
    public IReadOnlyList<PlacedRow> Place(IReadOnlyList<LadderRow> rows, double top)
    {
        _y = top;
        for (var i = 0; i < rows.Count; i++)
        {
            if (i + 1 < rows.Count && rows[i + 1].CrossesPrevious)
            {
                PlaceCrossing(rows, i);
                i++;
                continue;
            }

            var placed = rows[i].IsSegment ? PlaceSegment(rows[i]) : PlaceOther(rows[i]);
            Add(AddChips(placed with { RepeatsTime = RepeatsTime(rows[i]) }));
        }

        return _placed;
    }

    private bool RepeatsTime(LadderRow row) => row.Time == _lastTime && (!IsNarrow || row.IsSegment);

    private void Add(PlacedRow placed)
    {
        // A narrow picture has no room for the times of marks and of segments that cross.
        if (!IsNarrow || (placed.Row.IsSegment && !placed.IsCrossing))
            _lastTime = placed.Row.Time;
        _placed.Add(placed);
        _y = placed.Bottom;
    }

    private PlacedRow PlaceSegment(LadderRow row)
    {
        var numbers = BreakNumbers(row, Room);
        var reasons = Small.Wrap(row.Reason, Room);
        var changes = Code.Wrap(row.Changes, Room);
        var tail = _y + (numbers.Count * Label.LineHeight) + 3;
        var slant = SlantOf(row.Delay);
        var widest = reasons.Select(Small.WidthOf).Concat(changes.Select(Code.WidthOf)).DefaultIfEmpty().Max();
        var below = tail + (slant * Math.Min(1, (widest + 20) / (Right - Left))) + 3;
        var end = below + (reasons.Count * Small.LineHeight) + (changes.Count * Code.LineHeight);
        return new PlacedRow
        {
            Row = row,
            Numbers = numbers,
            Reasons = reasons,
            Changes = changes,
            Top = _y,
            Ours = row.Kind == RowKind.Sent ? tail : tail + slant,
            Peers = row.Kind == RowKind.Sent ? tail + slant : tail,
            Below = below,
            Bottom = Math.Max(end, tail + slant + 4) + Gap,
        };
    }

    private PlacedRow PlaceOther(LadderRow row)
    {
        var isBreak = row.Kind == RowKind.Break;
        var reasons = Small.Wrap(row.Reason, Room - 16);
        var changes = Code.Wrap(row.Changes, Room - 16);
        var below = _y + (isBreak ? 6 : 1);
        var end = below + (reasons.Count * Small.LineHeight) + (changes.Count * Code.LineHeight);
        var middle = below + (Small.LineHeight / 2);
        return new PlacedRow
        {
            Row = row,
            Reasons = reasons,
            Changes = changes,
            Top = _y,
            Ours = middle,
            Peers = middle,
            Below = below,
            Bottom = end + (isBreak ? 6 : 0) + (Gap - 1),
        };
    }

    /// <summary>Two segments that cross: the words of both are above the cross, each on its side.</summary>
    private void PlaceCrossing(IReadOnlyList<LadderRow> rows, int first)
    {
        var slant = IsNarrow ? 46 : 40;
        var top = _y;
        var pair = new[] { rows[first], rows[first + 1] }
            .Select(row => PlaceSegment(row) with
            {
                Numbers = BreakNumbers(row, (Room / 2) - 10),
                Reasons = Small.Wrap(row.Reason, (Room / 2) - 10),
                Changes = Code.Wrap(row.Changes, (Room / 2) - 10),
            })
            .ToArray();
        var tail = top + pair.Max(HeightOfWords) + 4;
        for (var i = 0; i < pair.Length; i++)
        {
            var isOurs = pair[i].Row.Kind == RowKind.Sent;
            var words = HeightOfWords(pair[i]);
            pair[i] = pair[i] with
            {
                IsCrossing = true,
                RepeatsTime = i == 0 && RepeatsTime(pair[i].Row),
                Top = tail - 4 - words,
                Below = tail - 4 - words + (pair[i].Numbers.Count * Label.LineHeight),
                Ours = isOurs ? tail : tail + slant,
                Peers = isOurs ? tail + slant : tail,
                Bottom = tail + slant + Gap,
            };
        }

        Add(pair[0]);
        Add(AddChips(pair[1], pair[0].Row));
    }

    private double HeightOfWords(PlacedRow placed) =>
        (placed.Numbers.Count * Label.LineHeight) + (placed.Reasons.Count * Small.LineHeight)
        + (placed.Changes.Count * Code.LineHeight);

    /// <summary>Makes room for the names of the states that a row enters, if they are between the lifelines.</summary>
    private PlacedRow AddChips(PlacedRow placed, LadderRow? crossing = null)
    {
        var isNew = placed.Row is { Enters: not null } or { PeerEnters: not null }
            || crossing is { Enters: not null } or { PeerEnters: not null };
        if (!IsNarrow || !isNew)
            return placed;
        return placed with { Chips = placed.Bottom - Gap + 2, Bottom = placed.Bottom + Code.LineHeight + 2 };
    }

    /// <summary>
    /// The numbers in lines. The first line leaves room for the control bits in front, and for the time in a narrow
    /// picture.
    /// </summary>
    private List<string> BreakNumbers(LadderRow row, double room)
    {
        var lines = new List<string>();
        var line = "";
        var used = Label.WidthOf(row.Flags) + (IsNarrow ? Code.WidthOf(row.Time) + 12 : 0);
        foreach (var part in row.Numbers)
        {
            if (line.Length > 0 && used + Label.WidthOf($"{line} {part}") > room)
            {
                lines.Add(line);
                (line, used) = ("", 0);
            }

            line += $" {part}";
        }

        lines.Add(line);
        return lines;
    }

    /// <summary>
    /// How much an arrow falls: in proportion to the logarithm of the delay, so that a LAN and a satellite can both be
    /// seen. A constant where it is not known.
    /// </summary>
    private double SlantOf(TimeSpan? delay) =>
        (delay is { } known ? Math.Clamp(4 + (4 * Math.Log10(Math.Max(known.TotalMicroseconds, 10) / 10)), 4, 24) : 10)
        * (IsNarrow ? 0.7 : 1);
}
