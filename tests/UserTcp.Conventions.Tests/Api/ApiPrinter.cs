using System.Globalization;
using System.Reflection;
using System.Text;

namespace UserTcp.Conventions.Tests.Api;

/// <summary>
/// Prints the public API of an assembly: each type with its members, sorted, the same on every machine.
/// </summary>
internal static class ApiPrinter
{
    public static string Print(Assembly assembly)
    {
        var text = new StringBuilder();
        text.Append(
            CultureInfo.InvariantCulture,
            $"# What users of {assembly.GetName().Name} can see; written and checked by PublicApiTests.\n");
        foreach (var type in assembly.GetTypes().Where(Visibility.Includes)
            .OrderBy(type => type.FullName, StringComparer.Ordinal))
        {
            text.Append(CultureInfo.InvariantCulture, $"\n{TypeSignature.Of(type)}\n");
            foreach (var member in MembersOf(type))
                text.Append(CultureInfo.InvariantCulture, $"    {member}\n");
        }

        return text.ToString();
    }

    private static IEnumerable<string> MembersOf(Type type)
    {
        if (typeof(Delegate).IsAssignableFrom(type))
            return [];
        if (type.IsEnum)
            return EnumValuesOf(type);
        const BindingFlags Declared =
            BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic
            | BindingFlags.DeclaredOnly;
        return type.GetMembers(Declared)
            .Where(Visibility.Includes)
            .Select(member => (rank: RankOf(member), text: MemberSignature.Of(member)))
            .OrderBy(member => member.rank)
            .ThenBy(member => member.text, StringComparer.Ordinal)
            .Select(member => member.text);
    }

    private static IEnumerable<string> EnumValuesOf(Type type) =>
        type.GetFields(BindingFlags.Static | BindingFlags.Public)
            .Select(field =>
                (field.Name, Value: Convert.ToDecimal(field.GetRawConstantValue(), CultureInfo.InvariantCulture)))
            .OrderBy(field => field.Value)
            .Select(field => string.Create(CultureInfo.InvariantCulture, $"{field.Name} = {field.Value}"));

    private static int RankOf(MemberInfo member) => member switch
    {
        FieldInfo => 0,
        ConstructorInfo => 1,
        PropertyInfo => 2,
        EventInfo => 3,
        _ => 4,
    };
}
