using System.Reflection;
using UserTcp.Engine;

namespace UserTcp.Soak.Sampling;

/// <summary>
/// The engines inside a stack, for figures that the public API does not have: armed timers, entries in TIME-WAIT. The engines belong to
/// the loops; only counts are read here, which may be a turn old.
/// </summary>
internal static class Engines
{
    private const BindingFlags Any = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    public static IReadOnlyList<TcpEngine> Of(UserTcpStack stack)
    {
        var loops = (System.Collections.IEnumerable)Read(Read(stack, "_loops"), "_loops");
        return [.. loops.Cast<object>().Select(loop => (TcpEngine)Read(Read(loop, "_host"), "Engine"))];
    }

    private static object Read(object target, string name)
    {
        var type = target.GetType();
        return type.GetField(name, Any)?.GetValue(target)
            ?? type.GetProperty(name, Any)?.GetValue(target)
            ?? throw new MissingMemberException(type.Name, name);
    }
}
