using System.Reflection;
using System.Runtime.CompilerServices;

namespace UserTcp.Conventions.Tests.Api;

/// <summary>Which types and members users of an assembly can see: public ones, and protected ones where one can derive.</summary>
internal static class Visibility
{
    public static bool Includes(Type type) =>
        !IsGenerated(type) && (type.IsNested ? IsVisibleNested(type) && Includes(type.DeclaringType!) : type.IsPublic);

    public static bool Includes(MemberInfo member) => !IsGenerated(member) && member switch
    {
        FieldInfo field => Includes(field.Attributes),
        ConstructorInfo constructor => !constructor.IsStatic && Includes(constructor),
        // Accessors and operators: operators are methods to users, accessors are not.
        MethodInfo method => Includes(method) && (!method.IsSpecialName || method.Name.StartsWith("op_", StringComparison.Ordinal)),
        PropertyInfo property => property.GetAccessors(nonPublic: true).Any(Includes),
        EventInfo raised => Includes(raised.AddMethod!),
        _ => false,
    };

    public static bool Includes(MethodBase method) =>
        method.IsPublic || ((method.IsFamily || method.IsFamilyOrAssembly) && !method.DeclaringType!.IsSealed);

    private static bool Includes(FieldAttributes attributes) =>
        (attributes & FieldAttributes.FieldAccessMask) is FieldAttributes.Public or FieldAttributes.Family or FieldAttributes.FamORAssem;

    private static bool IsVisibleNested(Type type) => type.IsNestedPublic || type.IsNestedFamily || type.IsNestedFamORAssem;

    // What the compiler adds to a record follows from its declaration.
    private static bool IsGenerated(MemberInfo member) =>
        member.IsDefined(typeof(CompilerGeneratedAttribute)) || member.Name.Contains('<', StringComparison.Ordinal);
}
