using System.Reflection;
using System.Text;

namespace UserTcp.Conventions.Tests.Api;

/// <summary>The name of a type as C# writes it: keywords, generics, tuples, arrays, and question marks.</summary>
internal sealed class TypeName
{
    private static readonly Dictionary<Type, string> Keywords = new (Type Type, string Keyword)[]
    {
        (typeof(void), "void"), (typeof(object), "object"), (typeof(string), "string"), (typeof(bool), "bool"),
        (typeof(char), "char"), (typeof(byte), "byte"), (typeof(sbyte), "sbyte"), (typeof(short), "short"),
        (typeof(ushort), "ushort"), (typeof(int), "int"),
        (typeof(uint), "uint"), (typeof(long), "long"), (typeof(ulong), "ulong"), (typeof(nint), "nint"),
        (typeof(nuint), "nuint"), (typeof(float), "float"), (typeof(double), "double"), (typeof(decimal), "decimal"),
    }.ToDictionary(pair => pair.Type, pair => pair.Keyword);

    // The compiler stores the names of tuple elements in the order in which Append visits them.
    private readonly Queue<string?> _tupleNames;
    private readonly StringBuilder _text = new();

    private TypeName(IEnumerable<string?> tupleNames) => _tupleNames = new Queue<string?>(tupleNames);

    public static string Of(Type type) => Of(type, null, []);

    /// <param name="type">The type.</param>
    /// <param name="nullability">The nullability where the type is used; null when unknown.</param>
    /// <param name="tupleNames">
    /// Names of the elements of tuples in it, in the order of the compiler's attribute.
    /// </param>
    public static string Of(Type type, NullabilityInfo? nullability, IEnumerable<string?> tupleNames)
    {
        var name = new TypeName(tupleNames);
        name.Append(type, nullability);
        return name._text.ToString();
    }

    private void Append(Type type, NullabilityInfo? nullability)
    {
        if (type.IsByRef)
            type = type.GetElementType()!;
        if (Nullable.GetUnderlyingType(type) is { } underlying)
        {
            AppendPlain(underlying, nullability);
            _text.Append('?');
            return;
        }

        AppendPlain(type, nullability);
        if (nullability?.ReadState == NullabilityState.Nullable && IsReference(type))
            _text.Append('?');
    }

    // The nullability of a type parameter that may be a value type is unknown.
    private static bool IsReference(Type type) => type.IsGenericParameter
        ? type.GenericParameterAttributes.HasFlag(GenericParameterAttributes.ReferenceTypeConstraint)
        : !type.IsValueType;

    private void AppendPlain(Type type, NullabilityInfo? nullability)
    {
        if (Keywords.TryGetValue(type, out var keyword))
        {
            _text.Append(keyword);
        }
        else if (type.IsArray)
        {
            Append(type.GetElementType()!, nullability?.ElementType);
            _text.Append('[').Append(',', type.GetArrayRank() - 1).Append(']');
        }
        else if (type.IsPointer)
        {
            Append(type.GetElementType()!, null);
            _text.Append('*');
        }
        else if (IsTuple(type))
        {
            AppendTuple(type, nullability);
        }
        else
        {
            AppendNamed(type, nullability);
        }
    }

    private void AppendNamed(Type type, NullabilityInfo? nullability)
    {
        var arguments = type.GetGenericArguments();
        var inherited = 0;
        if (type.IsNested && !type.IsGenericParameter)
        {
            AppendNamed(type.DeclaringType!, null);
            _text.Append('.');
            inherited = type.DeclaringType!.GetGenericArguments().Length;
        }

        _text.Append(type.Name.Split('`')[0]);
        if (type.IsGenericParameter || arguments.Length == inherited)
            return;
        _text.Append('<');
        for (var i = inherited; i < arguments.Length; i++)
        {
            _text.Append(i > inherited ? ", " : "");
            Append(arguments[i], ArgumentOf(nullability, i));
        }

        _text.Append('>');
    }

    private void AppendTuple(Type type, NullabilityInfo? nullability)
    {
        var elements = type.GetGenericArguments();
        var names = elements.Select(_ => _tupleNames.TryDequeue(out var name) ? name : null).ToArray();
        _text.Append('(');
        for (var i = 0; i < elements.Length; i++)
        {
            _text.Append(i > 0 ? ", " : "");
            Append(elements[i], ArgumentOf(nullability, i));
            _text.Append(names[i] is null ? "" : $" {names[i]}");
        }

        _text.Append(')');
    }

    private static NullabilityInfo? ArgumentOf(NullabilityInfo? nullability, int index) =>
        nullability?.GenericTypeArguments is { } arguments && index < arguments.Length ? arguments[index] : null;

    private static bool IsTuple(Type type) =>
        type.IsGenericType && !type.IsGenericTypeDefinition
        && type.FullName?.StartsWith("System.ValueTuple`", StringComparison.Ordinal) == true;
}
