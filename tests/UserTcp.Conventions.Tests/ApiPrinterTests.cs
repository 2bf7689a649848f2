using System.Reflection;
using UserTcp.Conventions.Tests.Api;
using Xunit;

namespace UserTcp.Conventions.Tests;

/// <summary>The printer of the golden files.</summary>
public class ApiPrinterTests
{
    public static TheoryData<string, string> Members => new()
    {
        { nameof(Specimen.Constant), "const int Constant = 7" },
        { nameof(Specimen.Shared), "static readonly string? Shared" },
        { nameof(Specimen.Pair), "static (int First, string? Second) Pair(in int seed, out long[] rest)" },
        {
            nameof(Specimen.Convert),
            "virtual TResult? Convert<TResult>(params ReadOnlySpan<byte> data) where TResult : class, new()"
        },
        { nameof(Specimen.Name), "required string Name { get; init; }" },
        { nameof(Specimen.Level), "DayOfWeek? Level { get; }" },
        { "Item", "Dictionary<string, List<object?>> this[int index] { get; protected set; }" },
        { nameof(Specimen.First), "ref readonly int First { get; }" },
        { nameof(Specimen.Changed), "event EventHandler<string?>? Changed" },
        { "op_Addition", "static Specimen operator +(Specimen left, Specimen right)" },
        { "op_Implicit", "static implicit operator int(Specimen specimen)" },
        { nameof(Specimen.ToString), "override string ToString()" },
        {
            nameof(Specimen.Begin),
            "void Begin(string? name = null, DayOfWeek day = DayOfWeek.Friday, TimeSpan span = default, bool "
            + "now = true)"
        },
        { "Hook", "protected abstract Task<string> Hook(CancellationToken ct)" },
    };

    [Theory]
    [MemberData(nameof(Members))]
    public void A_member_is_printed_as_declared(string name, string expected)
    {
        const BindingFlags Any = BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public
            | BindingFlags.NonPublic;
        var member = Assert.Single(
            typeof(Specimen).GetMember(name, Any | BindingFlags.DeclaredOnly), Visibility.Includes);

        Assert.Equal(expected, MemberSignature.Of(member));
    }

    [Theory]
    [InlineData(
        typeof(Specimen), "abstract class UserTcp.Conventions.Tests.Specimen : MarshalByRefObject, IDisposable")]
    [InlineData(typeof(PointRecord), "readonly record struct UserTcp.Conventions.Tests.PointRecord : IComparable<int>")]
    [InlineData(typeof(View), "readonly ref struct UserTcp.Conventions.Tests.View")]
    [InlineData(typeof(View.Flags), "[Flags] enum UserTcp.Conventions.Tests.View.Flags : byte")]
    [InlineData(typeof(Action<>), "delegate void System.Action<T>(T obj) where T : allows ref struct")]
    public void A_type_is_printed_as_declared(Type type, string expected) =>
        Assert.Equal(expected, TypeSignature.Of(type));

    [Fact]
    public void Invisible_members_are_not_printed()
    {
        var printed = ApiPrinter.Print(typeof(Visibility).Assembly);

        Assert.Contains(nameof(ApiPrinterTests), printed, StringComparison.Ordinal);
        Assert.DoesNotContain("Specimen", printed, StringComparison.Ordinal);
    }

    [Fact]
    public void A_difference_names_the_type_and_both_lines()
    {
        const string Before = "class A\n    int X\nclass B\n    int X\n    int Y\n";
        const string After = "class A\n    int X\nclass B\n    long X\n    int Y\nclass C\n";

        Assert.Equal(["  class B", "    - int X", "    + long X", "+ class C"], LineDifference.Between(Before, After));
    }

    [Fact]
    public void Equal_listings_do_not_differ() =>
        Assert.Empty(LineDifference.Between("class A\n    int X\n", "class A\n    int X\n"));
}
