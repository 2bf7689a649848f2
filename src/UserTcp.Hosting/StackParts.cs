using System.Diagnostics.Metrics;
using UserTcp.Capture;
using UserTcp.Engine.Contract;

namespace UserTcp.Hosting;

/// <summary>The application's services that a stack uses; null for each that the application does not have.</summary>
/// <param name="Observer">Observes its segments.</param>
/// <param name="Resolver">Resolves its names.</param>
/// <param name="MeterFactory">Creates its meter.</param>
/// <param name="Ring">Keeps its last frames.</param>
/// <param name="Recording">Records its inputs.</param>
internal sealed record StackParts(
    IEngineObserver? Observer, UserTcpNameResolver? Resolver, IMeterFactory? MeterFactory, CaptureRing? Ring,
    UserTcpRecording? Recording);
