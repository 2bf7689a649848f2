using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace UserTcp.Conventions.Tests.Api;

/// <summary>The declaration of a parameter.</summary>
internal static class ParameterSignature
{
    private static readonly NullabilityInfoContext Nullability = new();

    public static string Of(ParameterInfo parameter)
    {
        var type = TypeName.Of(parameter.ParameterType, Nullability.Create(parameter), TupleNames(parameter));
        var fallback = parameter.HasDefaultValue
            ? $" = {Literal(parameter.ParameterType, parameter.RawDefaultValue)}"
            : "";
        return $"{Modifiers(parameter)}{type} {parameter.Name}{fallback}";
    }

    /// <summary>A constant as C# writes it.</summary>
    public static string Literal(Type type, object? value)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        return value switch
        {
            null => type.IsValueType ? "default" : "null",
            string text => $"\"{text}\"",
            char character => $"'{character}'",
            bool flag => flag ? "true" : "false",
            _ when type.IsEnum => $"{TypeName.Of(type)}.{Enum.ToObject(type, value)}",
            _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
        };
    }

    public static IEnumerable<string?> TupleNames(ICustomAttributeProvider place) =>
        place.GetCustomAttributes(typeof(TupleElementNamesAttribute), inherit: false)
            .Cast<TupleElementNamesAttribute>()
            .SelectMany(attribute => attribute.TransformNames);

    private static string Modifiers(ParameterInfo parameter)
    {
        if (parameter.IsDefined(typeof(ParamArrayAttribute)) || parameter.IsDefined(typeof(ParamCollectionAttribute)))
            return "params ";
        var scoped = parameter.IsDefined(typeof(ScopedRefAttribute)) ? "scoped " : "";
        if (!parameter.ParameterType.IsByRef)
            return scoped;
        if (parameter.IsOut)
            return "out ";
        if (parameter.IsDefined(typeof(RequiresLocationAttribute)))
            return $"{scoped}ref readonly ";
        return parameter.IsIn ? $"{scoped}in " : $"{scoped}ref ";
    }
}
