using System.Reflection;
using Microsoft.AspNetCore.Hosting.Server;
using UserTcp.Testing.Time;

namespace UserTcp.Testing.Kestrel;

/// <summary>
/// Gives Kestrel a clock. It has no public way to do that: its timeouts and dates follow from a property of its service
/// context, and from a heartbeat that is a thread of its own. The property is set and the heartbeat taken out before
/// the server starts; a timer of the clock takes the heartbeat's place.
/// </summary>
internal static class KestrelClock
{
    private const BindingFlags Any = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    /// <summary>The interval of Kestrel's heartbeat.</summary>
    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(1);

    /// <summary>Sets the clock of a server that has not started. Dispose of the result when it has stopped.</summary>
    /// <exception cref="NotSupportedException">
    /// The server is not Kestrel, or one of a version that is not known.
    /// </exception>
    public static IDisposable Set(IServer server, VirtualClock clock)
    {
        var context = Get(Unwrap(server), "ServiceContext");
        var dates = Activator.CreateInstance(Property(context, "DateHeaderValueManager").PropertyType, clock)!;
        Property(context, "TimeProvider").SetValue(context, clock);
        Property(context, "DateHeaderValueManager").SetValue(context, dates);
        Property(context, "Heartbeat").SetValue(context, null);
        var connections = Get(context, "ConnectionManager");
        var (beatDates, beatConnections) = (Heartbeat(dates), Heartbeat(connections));
        beatDates();
        return clock.CreateTimer(
            TimerKind.Background,
            _ =>
            {
                beatConnections();
                beatDates();
            },
            null, _interval, _interval);
    }

    /// <summary>KestrelServer is a shell around the one that ASP.NET Core registers.</summary>
    private static object Unwrap(IServer server) =>
        server.GetType().GetField("_innerKestrelServer", Any)?.GetValue(server) ?? server;

    private static Action Heartbeat(object target)
    {
        var method = target.GetType().GetMethod("OnHeartbeat", Any, []) ?? throw Unknown(target, "OnHeartbeat");
        return method.CreateDelegate<Action>(target);
    }

    private static object Get(object target, string name) =>
        Property(target, name).GetValue(target) ?? throw Unknown(target, name);

    private static PropertyInfo Property(object target, string name) =>
        target.GetType().GetProperty(name, Any) ?? throw Unknown(target, name);

    private static NotSupportedException Unknown(object target, string name) => new(
        $"{target.GetType().FullName} of this runtime has no {name}: the server is not Kestrel, or its version is not "
        + "one that UserTcp.Testing knows. The server's time would be real.");
}
