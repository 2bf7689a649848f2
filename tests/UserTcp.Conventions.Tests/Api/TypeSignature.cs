using System.Reflection;
using System.Runtime.CompilerServices;

namespace UserTcp.Conventions.Tests.Api;

/// <summary>The declaration of a type, on one line, with its namespace.</summary>
internal static class TypeSignature
{
    private const BindingFlags Hidden = BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    public static string Of(Type type)
    {
        var flags = type.IsDefined(typeof(FlagsAttribute)) ? "[Flags] " : "";
        var name = $"{type.Namespace}.{TypeName.Of(type)}";
        if (typeof(Delegate).IsAssignableFrom(type))
        {
            return $"{flags}delegate {MemberSignature.OfDelegate(type.GetMethod("Invoke")!, name)}"
                + Constraints(type.GetGenericArguments());
        }

        var bases = type.IsEnum ? [TypeName.Of(Enum.GetUnderlyingType(type))] : BasesOf(type);
        return $"{flags}{Kind(type)} {name}{(bases.Count > 0 ? " : " : "")}{string.Join(", ", bases)}"
            + Constraints(type.GetGenericArguments());
    }

    /// <summary>The constraints on type parameters that a caller has to meet.</summary>
    public static string Constraints(IEnumerable<Type> parameters) =>
        string.Concat(parameters.Where(parameter => parameter.IsGenericParameter).Select(ConstraintsOf));

    private static string ConstraintsOf(Type parameter)
    {
        var attributes = parameter.GenericParameterAttributes;
        var constraints = new List<string>();
        if (attributes.HasFlag(GenericParameterAttributes.ReferenceTypeConstraint))
            constraints.Add("class");
        if (attributes.HasFlag(GenericParameterAttributes.NotNullableValueTypeConstraint))
            constraints.Add("struct");
        constraints.AddRange(
            parameter.GetGenericParameterConstraints().Where(type => type != typeof(ValueType)).Select(TypeName.Of));
        if (attributes.HasFlag(GenericParameterAttributes.DefaultConstructorConstraint)
            && !attributes.HasFlag(GenericParameterAttributes.NotNullableValueTypeConstraint))
        {
            constraints.Add("new()");
        }

        if (attributes.HasFlag(GenericParameterAttributes.AllowByRefLike))
            constraints.Add("allows ref struct");
        return constraints.Count == 0 ? "" : $" where {parameter.Name} : {string.Join(", ", constraints)}";
    }

    private static string Kind(Type type)
    {
        var record = IsRecord(type) ? "record " : "";
        if (type.IsEnum)
            return "enum";
        if (type.IsInterface)
            return "interface";
        if (type.IsValueType)
        {
            return $"{(type.IsDefined(typeof(IsReadOnlyAttribute)) ? "readonly " : "")}"
                + $"{(type.IsByRefLike ? "ref " : "")}{record}struct";
        }

        if (type is { IsAbstract: true, IsSealed: true })
            return "static class";
        return $"{(type.IsAbstract ? "abstract " : "")}{(type.IsSealed ? "sealed " : "")}{record}class";
    }

    private static bool IsRecord(Type type) => type.GetMethod("PrintMembers", Hidden) is not null;

    private static List<string> BasesOf(Type type)
    {
        var bases = new List<string>();
        if (type.BaseType is { } parent && parent != typeof(object) && parent != typeof(ValueType))
            bases.Add(TypeName.Of(parent));
        bases.AddRange(OwnInterfacesOf(type).Select(TypeName.Of).Order(StringComparer.Ordinal));
        return bases;
    }

    private static IEnumerable<Type> OwnInterfacesOf(Type type)
    {
        var all = type.GetInterfaces();
        var inherited = all.SelectMany(one => one.GetInterfaces()).Concat(type.BaseType?.GetInterfaces() ?? []);
        var equatable = typeof(IEquatable<>).MakeGenericType(type.IsByRefLike ? typeof(object) : type);
        return all.Except(inherited).Where(one => one.IsVisible && !(IsRecord(type) && one == equatable));
    }
}
