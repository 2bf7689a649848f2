using System.Reflection;
using System.Text.RegularExpressions;
using UserTcp.Capture;
using UserTcp.Conventions.Tests.Support;
using UserTcp.Engine.Contract;
using Xunit;

namespace UserTcp.Conventions.Tests;

/// <summary>The engine uses every value that it can report and every option.</summary>
public class VocabularyTests
{
    private const string EngineFolder = "src/UserTcp.Engine";

    private static readonly SegmentObservation Segment = new()
    {
        Time = MonotonicTime.Zero,
        Sent = false,
        Tuple = default,
        Header = default,
        PayloadLength = 0,
        Window = 0,
        Before = TcpState.Established,
        After = TcpState.Established,
    };

    public static TheoryData<Type> Vocabularies =>
        [
            typeof(Counter), typeof(SegmentReason), typeof(Disposition), typeof(EngineError),
            typeof(EngineEvents), typeof(TcpState),
        ];

    [Theory]
    [MemberData(nameof(Vocabularies))]
    public void Every_value_is_used_by_the_engine(Type vocabulary)
    {
        var source = EngineSourceWithout($"{vocabulary.Name}.cs");

        Expect.None(
            Enum.GetNames(vocabulary).Where(name => !Regex.IsMatch(source, $@"\b{vocabulary.Name}\.{name}\b")),
            $"The engine never uses these values of {vocabulary.Name}; use or remove:");
    }

    [Fact]
    public void Every_option_is_used_by_the_engine()
    {
        var source = EngineSourceWithout("EngineOptions.cs");
        var options = typeof(EngineOptions).GetProperties(BindingFlags.Instance | BindingFlags.Public)
            .Select(option => option.Name);

        Expect.None(
            options.Where(option => !Regex.IsMatch(source, $@"\.{option}\b")), "Unused options; use or remove:");
    }

    [Fact]
    public void Every_reason_and_every_disposition_has_an_explanation()
    {
        var reasons = Enum.GetValues<SegmentReason>().Where(reason => reason != SegmentReason.None)
            .Select(reason =>
                (name: $"{nameof(SegmentReason)}.{reason}", segment: Segment with { Sent = true, Reason = reason }));
        var dispositions = Enum.GetValues<Disposition>().Where(disposition => disposition != Disposition.None)
            .Select(disposition =>
                (name: $"{nameof(Disposition)}.{disposition}", segment: Segment with { Disposition = disposition }));

        Expect.None(
            reasons.Concat(dispositions).Where(one => SegmentWords.Explain(one.segment).Length == 0)
                .Select(one => one.name),
            $"{nameof(SegmentWords)} has no words for:");
    }

    private static string EngineSourceWithout(string declaration) =>
        string.Concat(Repository.Files(EngineFolder, ".cs").Where(file => Path.GetFileName(file) != declaration)
            .Select(Repository.Read));
}
