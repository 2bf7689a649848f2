using System.Reflection;
using System.Runtime.CompilerServices;

namespace UserTcp.Conventions.Tests.Api;

/// <summary>
/// The types and members that users of an assembly see: public ones, and protected ones of types that can be derived
/// from.
/// </summary>
internal static class Visibility
{
    public static bool Includes(Type type) =>
        !IsGenerated(type) && (type.IsNested ? IsVisibleNested(type) && Includes(type.DeclaringType!) : type.IsPublic);

    public static bool Includes(MemberInfo member) => !IsGenerated(member) && member switch
    {
        FieldInfo field => Includes(field.Attributes),
        ConstructorInfo constructor => !constructor.IsStatic && Includes(constructor),
        // Of the methods with special names users call operators, but not accessors.
        MethodInfo method => Includes(method)
            && (!method.IsSpecialName || method.Name.StartsWith("op_", StringComparison.Ordinal)),
        PropertyInfo property => property.GetAccessors(nonPublic: true).Any(Includes),
        EventInfo raised => Includes(raised.AddMethod!),
        _ => false,
    };

    public static bool Includes(MethodBase method) =>
        method.IsPublic || ((method.IsFamily || method.IsFamilyOrAssembly) && !method.DeclaringType!.IsSealed);

    private static bool Includes(FieldAttributes attributes) =>
        (attributes & FieldAttributes.FieldAccessMask) is FieldAttributes.Public or FieldAttributes.Family
            or FieldAttributes.FamORAssem;

    private static bool IsVisibleNested(Type type) =>
        type.IsNestedPublic || type.IsNestedFamily || type.IsNestedFamORAssem;

    // Members that the compiler adds to a record are implied by its declaration.
    private static bool IsGenerated(MemberInfo member) =>
        member.IsDefined(typeof(CompilerGeneratedAttribute)) || member.Name.Contains('<', StringComparison.Ordinal);
}
