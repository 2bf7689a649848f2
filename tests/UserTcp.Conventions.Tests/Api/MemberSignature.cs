using System.Reflection;
using System.Runtime.CompilerServices;

namespace UserTcp.Conventions.Tests.Api;

/// <summary>The declaration of a member, on one line.</summary>
internal static class MemberSignature
{
    private static readonly NullabilityInfoContext Nullability = new();

    private static readonly Dictionary<string, string> Operators = new (string Method, string Symbol)[]
    {
        ("op_Addition", "+"), ("op_Subtraction", "-"), ("op_Multiply", "*"), ("op_Division", "/"), ("op_Modulus", "%"),
        ("op_BitwiseAnd", "&"), ("op_BitwiseOr", "|"), ("op_ExclusiveOr", "^"), ("op_OnesComplement", "~"),
        ("op_LogicalNot", "!"), ("op_LeftShift", "<<"), ("op_RightShift", ">>"), ("op_UnsignedRightShift", ">>>"),
        ("op_UnaryNegation", "-"), ("op_UnaryPlus", "+"), ("op_Increment", "++"), ("op_Decrement", "--"),
        ("op_Equality", "=="), ("op_Inequality", "!="), ("op_LessThan", "<"), ("op_GreaterThan", ">"),
        ("op_LessThanOrEqual", "<="), ("op_GreaterThanOrEqual", ">="), ("op_True", "true"), ("op_False", "false"),
    }.ToDictionary(pair => pair.Method, pair => pair.Symbol);

    public static string Of(MemberInfo member) => Obsolete(member) + member switch
    {
        FieldInfo field => OfField(field),
        ConstructorInfo constructor =>
            $"{Access(constructor)}{TypeName.Of(constructor.DeclaringType!)}({Parameters(constructor)})",
        PropertyInfo property => OfProperty(property),
        EventInfo raised => $"{Modifiers(raised.AddMethod!)}event "
            + $"{TypeOf(raised.EventHandlerType!, Nullability.Create(raised), raised)} {raised.Name}",
        MethodInfo method => OfMethod(method),
        _ => throw new NotSupportedException($"{member.MemberType} {member.Name}"),
    };

    /// <summary>The signature of a delegate with the given name.</summary>
    public static string OfDelegate(MethodInfo invoke, string name) =>
        $"{Ref(invoke.ReturnType, invoke.ReturnParameter)}{Returned(invoke)} {name}({Parameters(invoke)})";

    private static string OfField(FieldInfo field)
    {
        var type = TypeOf(field.FieldType, Nullability.Create(field), field);
        var access = field.IsPublic ? "" : "protected ";
        if (field.IsLiteral)
        {
            return $"{access}const {type} {field.Name} = "
                + $"{ParameterSignature.Literal(field.FieldType, field.GetRawConstantValue())}";
        }

        return $"{access}{Required(field)}{(field.IsStatic ? "static " : "")}{(field.IsInitOnly ? "readonly " : "")}"
            + $"{type} {field.Name}";
    }

    private static string OfProperty(PropertyInfo property)
    {
        var accessors = property.GetAccessors(nonPublic: true).Where(Visibility.Includes).ToList();
        var widest = accessors.Find(accessor => accessor.IsPublic) ?? accessors[0];
        var index = property.GetIndexParameters();
        var name = index.Length == 0
            ? property.Name
            : $"this[{string.Join(", ", index.Select(ParameterSignature.Of))}]";
        var list = string.Concat(accessors.OrderBy(accessor => accessor.ReturnType == typeof(void)).Select(accessor =>
            $"{(accessor.IsPublic || !widest.IsPublic ? "" : "protected ")}{AccessorName(property, accessor)}; "));
        var type = TypeOf(property.PropertyType, Nullability.Create(property), property);
        return $"{Modifiers(widest)}{Required(property)}{Ref(property.PropertyType, property)}{type} {name} "
            + $"{{ {list}}}";
    }

    private static string OfMethod(MethodInfo method)
    {
        var returned = Returned(method);
        var generic = method.IsGenericMethod
            ? $"<{string.Join(", ", method.GetGenericArguments().Select(TypeName.Of))}>"
            : "";
        var tail = $"({Parameters(method)}){TypeSignature.Constraints(method.GetGenericArguments())}";
        var head = $"{Modifiers(method)}{Ref(method.ReturnType, method.ReturnParameter)}";
        if (method.Name is "op_Implicit" or "op_Explicit")
            return $"{head}{(method.Name == "op_Implicit" ? "implicit" : "explicit")} operator {returned}{tail}";
        if (Operators.TryGetValue(method.Name.Replace("op_Checked", "op_", StringComparison.Ordinal), out var symbol))
        {
            return $"{head}{returned} operator "
                + $"{(method.Name.StartsWith("op_Checked", StringComparison.Ordinal) ? "checked " : "")}{symbol}{tail}";
        }

        return $"{head}{returned} {method.Name}{generic}{tail}";
    }

    private static string Returned(MethodInfo method) =>
        TypeOf(method.ReturnType, Nullability.Create(method.ReturnParameter), method.ReturnParameter);

    private static string TypeOf(Type type, NullabilityInfo nullability, ICustomAttributeProvider place) =>
        TypeName.Of(type, nullability, ParameterSignature.TupleNames(place));

    private static string Parameters(MethodBase method)
    {
        var receiver = method.IsDefined(typeof(ExtensionAttribute)) ? "this " : "";
        return receiver + string.Join(", ", method.GetParameters().Select(ParameterSignature.Of));
    }

    private static string AccessorName(PropertyInfo property, MethodInfo accessor)
    {
        if (accessor != property.SetMethod)
            return "get";
        return accessor.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)) ? "init" : "set";
    }

    private static string Modifiers(MethodInfo method) => Access(method) + Inheritance(method);

    private static string Access(MethodBase method) => method.IsPublic ? "" : "protected ";

    private static string Inheritance(MethodInfo method)
    {
        if (method.IsStatic)
            return method.DeclaringType!.IsInterface && method.IsAbstract ? "static abstract " : "static ";
        if (method.DeclaringType!.IsInterface)
            return method.IsAbstract ? "" : "virtual ";
        if (method.IsAbstract)
            return "abstract ";
        var overrides = method.GetBaseDefinition() != method;
        if (method.IsFinal)
            return overrides ? "sealed override " : "";
        return overrides ? "override " : method.IsVirtual ? "virtual " : "";
    }

    private static string Ref(Type type, ICustomAttributeProvider place)
    {
        if (!type.IsByRef)
            return "";
        return place.IsDefined(typeof(IsReadOnlyAttribute), inherit: false) ? "ref readonly " : "ref ";
    }

    private static string Required(MemberInfo member) =>
        member.IsDefined(typeof(RequiredMemberAttribute)) ? "required " : "";

    // The compiler marks constructors obsolete for older compilers that would not enforce required members.
    private static string Obsolete(MemberInfo member) =>
        member.IsDefined(typeof(ObsoleteAttribute)) && !member.IsDefined(typeof(CompilerFeatureRequiredAttribute))
            ? "[Obsolete] "
            : "";
}
