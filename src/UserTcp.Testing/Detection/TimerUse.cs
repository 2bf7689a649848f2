using System.Diagnostics;

namespace UserTcp.Testing.Detection;

/// <summary>What set a timer of real time, and what to write instead.</summary>
internal static class TimerUse
{
    private const string Inject = "with the TimeProvider that is injected (VirtualNetwork.TimeProvider in a test)";

    /// <summary>
    /// Features of libraries that a program relies on, and that would be of real time; the most telling first.
    /// </summary>
    private static readonly Use[] _features =
    [
        new("System.Net.Http.HttpClient", "", "HttpClient.Timeout",
            "Take the client from VirtualNetwork.CreateClient, with its timeout, or call "
            + "IHttpClientBuilder.UseVirtualNetwork."),
        new("Microsoft.AspNetCore.Server.Kestrel.Https.", "", "Kestrel's HandshakeTimeout",
            "Set HttpsConnectionAdapterOptions.HandshakeTimeout to a day: Kestrel refuses an infinite one."),
        new("Microsoft.AspNetCore.Http.Timeouts.", "", "the request timeout middleware",
            "It has no TimeProvider: let the handler cancel by itself, or leave it out of the test."),
        new("Grpc.Net.Client.Internal.GrpcCall", "", "a deadline of gRPC",
            "Cancel with new CancellationTokenSource(delay, timeProvider)."),
        new("Microsoft.Extensions.Hosting.", "", "a timeout of HostOptions", "Set it to Timeout.InfiniteTimeSpan."),
    ];

    /// <summary>Periodic looks at connections, which change nothing as long as no limit of theirs has passed.</summary>
    private static readonly Use[] _watches =
    [
        new("System.Net.Http.HttpConnectionPoolManager", "SetCleaningTimer", "", ""),
        new("Microsoft.AspNetCore.Http.Connections.Internal.HttpConnectionManager", "", "", ""),
        new("Microsoft.AspNetCore.SignalR.Client.HubConnection", "TimerLoop", "", ""),
    ];

    /// <summary>Ways to set a timer.</summary>
    private static readonly Use[] _ways =
    [
        new(
            "System.Threading.Tasks.Task", "Delay", "Task.Delay",
            $"Write Task.Delay(delay, timeProvider, token), {Inject}."),
        new("System.Threading.Tasks.Task", "WaitAsync", "Task.WaitAsync",
            $"Write task.WaitAsync(timeout, timeProvider, token), {Inject}."),
        new("System.Threading.CancellationTokenSource", "", "CancellationTokenSource with a delay",
            $"Write new CancellationTokenSource(delay, timeProvider), {Inject}."),
        new("System.Threading.PeriodicTimer", "", "PeriodicTimer",
            $"Write new PeriodicTimer(period, timeProvider), {Inject}."),
        new("System.Timers.Timer", "", "System.Timers.Timer", $"Write timeProvider.CreateTimer(...), {Inject}."),
        new("System.TimeProvider", "", "TimeProvider.System", $"Use the one {Inject[5..]}."),
        new("System.Threading.Timer", "", "Timer", $"Write timeProvider.CreateTimer(...), {Inject}."),
    ];

    /// <summary>What a timer is to a test.</summary>
    public enum Kind
    {
        /// <summary>It belongs to the test's runner, or only watches connections.</summary>
        Harmless,

        /// <summary>A library's limit, which has an effect only when it fires.</summary>
        Guard,

        /// <summary>The program relies on it.</summary>
        Use,
    }

    /// <summary>What the timer is that was set at the top of a stack.</summary>
    public static Kind Judge(StackTrace stack)
    {
        var frames = stack.GetFrames();
        if (Find(frames, _features) is not null)
            return Kind.Use;
        var caller = frames.Select(frame => frame.GetMethod()?.DeclaringType)
            .FirstOrDefault(type => type is not null && type.Assembly != typeof(object).Assembly);
        if (caller is null || IsRunner(caller) || Find(frames, _watches) is not null)
            return Kind.Harmless;
        return UserLine.IsLibrary(caller) ? Kind.Guard : Kind.Use;
    }

    /// <summary>"at Shop.Cart.PayAsync in Cart.cs:line 12: Task.Delay. Write ...".</summary>
    public static string Describe(StackTrace stack)
    {
        var frames = stack.GetFrames();
        var use = Find(frames, _features) ?? Find(frames, _ways)
            ?? new Use("", "", "a timer", $"Write timeProvider.CreateTimer(...), {Inject}.");
        var line = UserLine.Find(stack);
        return $"{line ?? "by a library"}: {use.What}. {use.Instead}"
            + (line is null ? "\n" + UserLine.Shorten(stack) : "");
    }

    private static Use? Find(StackFrame[] frames, Use[] uses) =>
        Array.Find(uses, use => frames.Any(frame => Is(frame, use.Type, use.Method)));

    private static bool IsRunner(Type type) =>
        type.Assembly.GetName().Name is { } assembly
        && (assembly.StartsWith("Microsoft.Testing.", StringComparison.Ordinal)
            || assembly.StartsWith("xunit.v3.", StringComparison.Ordinal));

    private static bool Is(StackFrame frame, string type, string method)
    {
        var actual = frame.GetMethod();
        var name = actual?.DeclaringType?.FullName;
        return name is not null && name.StartsWith(type, StringComparison.Ordinal)
            && (type.EndsWith('.') || name.Length == type.Length || name[type.Length] is '+' or '`')
            && (method.Length == 0 || actual!.Name.Contains(method, StringComparison.Ordinal)
                || name.Contains($"<{method}>", StringComparison.Ordinal));
    }

    /// <summary>
    /// A use of a timer: a type or a namespace, a method, its name for people, and what to write instead.
    /// </summary>
    private sealed record Use(string Type, string Method, string What, string Instead);
}
