using System.Reflection;
using System.Text.RegularExpressions;
using UserTcp.Conventions.Tests.Support;
using UserTcp.Engine.Contract;
using Xunit;

namespace UserTcp.Conventions.Tests;

/// <summary>The engine uses every value that it can report and every option.</summary>
public class VocabularyTests
{
    private const string EngineFolder = "src/UserTcp.Engine";

    public static TheoryData<Type> Vocabularies =>
        [
            typeof(Counter), typeof(SegmentReason), typeof(Disposition), typeof(EngineError),
            typeof(EngineEvents), typeof(TcpState), typeof(LossRule), typeof(UserCall),
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

    private static string EngineSourceWithout(string declaration) =>
        string.Concat(Repository.Files(EngineFolder, ".cs").Where(file => Path.GetFileName(file) != declaration)
            .Select(Repository.Read));
}
