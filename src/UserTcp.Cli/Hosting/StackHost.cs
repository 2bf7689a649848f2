using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using UserTcp.Cli.Control;
using UserTcp.Cli.Lab;
using UserTcp.Cli.Linking;
using UserTcp.Cli.Services;
using UserTcp.Cli.Services.Http;
using UserTcp.Engine.Contract;
using UserTcp.Hosting;

namespace UserTcp.Cli.Hosting;

/// <summary>The hosted stack with its services and its control socket, as `up`, `lab` and `demo` run it.</summary>
internal sealed class StackHost : IAsyncDisposable
{
    // A command ends soon after Ctrl+C, whatever a client still downloads.
    private static readonly TimeSpan MaxShutdown = TimeSpan.FromSeconds(3);

    private readonly WebApplication _application;
    private readonly LabPage? _page;

    private StackHost(WebApplication application, UserTcpStack stack, string controlPath, LabPage? page)
    {
        (_application, _page) = (application, page);
        Stack = stack;
        ControlPath = controlPath;
    }

    public UserTcpStack Stack { get; }

    /// <summary>True when a fault has ended the stack.</summary>
    private bool HasFailed => Stack.Completion.IsFaulted;

    /// <summary>Where `ss` and `watch` find this stack.</summary>
    public string ControlPath { get; }

    /// <summary>Starts the stack and its services. Traffic can flow when this completes.</summary>
    public static async Task<StackHost> StartAsync(StackHostOptions options, CancellationToken cancellationToken)
    {
        KeyLogging.AllowIfAsked();
        var controlPath = ControlSocket.NewPath();
        var application = Build(options, controlPath);
        try
        {
            await application.StartAsync(cancellationToken);
            ControlSocket.Protect(controlPath);
            var stack = await application.Services.GetRequiredService<IUserTcpStackProvider>()
                .GetStackAsync(cancellationToken);
            return new StackHost(application, stack, controlPath, options.Page);
        }
        catch
        {
            await application.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs until a signal, or a fault of the stack or of a service, ends it; returns the exit code.</summary>
    public async Task<int> WaitForShutdownAsync()
    {
        await _application.WaitForShutdownAsync();
        PrintTriggers();
        if (HasFailed)
            return ExitCode.InternalFault;
        return await HasReportedFaultAsync() ? ExitCode.InternalFault : Environment.ExitCode;
    }

    /// <summary>
    /// Ends everything; returns the exit code, which is <paramref name="status"/> unless the stack or a service has
    /// died meanwhile.
    /// </summary>
    public async Task<int> StopAsync(int status)
    {
        await EndPageAsync();
        // The stack stops last, and may fail only then.
        await _application.StopAsync();
        PrintTriggers();
        if (!HasFailed)
            return await HasReportedFaultAsync() ? ExitCode.InternalFault : status;
        await Console.Error.WriteLineAsync(
            $"{CommandTree.Name}: the stack has failed: {Stack.Completion.Exception?.InnerException?.Message}");
        return ExitCode.InternalFault;
    }

    /// <summary>Ends the traffic of the page.</summary>
    private ValueTask EndPageAsync() => _page?.DisposeAsync() ?? ValueTask.CompletedTask;

    /// <summary>Prints which triggers of the impaired link struck no packet.</summary>
    private void PrintTriggers()
    {
        if (_application.Services.GetRequiredService<IUserTcpStackProvider>().ImpairedLink is { } link)
            TriggerReport.Print(link.TriggerCounts);
    }

    /// <summary>Prints the fault of a service, if there is one.</summary>
    private async Task<bool> HasReportedFaultAsync()
    {
        if (BackgroundFaults.Find(_application.Services.GetServices<IHostedService>()) is not { } fault)
            return false;
        await Console.Error.WriteLineAsync($"{CommandTree.Name}: {fault.ReplaceLineEndings(" ")}");
        return true;
    }

    public async ValueTask DisposeAsync()
    {
        await EndPageAsync();
        await _application.StopAsync();
        await _application.DisposeAsync();
        ControlSocket.Remove(ControlPath);
    }

    private static void Add(IServiceCollection services, LabKept kept)
    {
        services.AddSingleton(kept.Ring);
        if (kept.Recording is { } recording)
            services.AddSingleton(recording);
    }

    private static WebApplication Build(StackHostOptions options, string controlPath)
    {
        // The content root has appsettings.json: the user's current folder.
        var builder = WebApplication.CreateSlimBuilder(
            new WebApplicationOptions { ContentRootPath = Environment.CurrentDirectory });
        builder.Logging.ClearProviders();
        builder.Logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            // It checks whether standard output is a terminal, and logs to standard error.
            console.ColorBehavior = LoggerColorBehavior.Disabled;
        });
        builder.Logging.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.Logging.SetMinimumLevel(options.Verbose ? LogLevel.Information : LogLevel.Warning);
        // Failures prints a failed start on one line; the host would log it with a stack trace.
        if (!options.Verbose)
            builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
        if (options.HandlesSignals)
            SystemdNotices.AddTo(builder.Services);
        else
            builder.Services.AddSingleton<IHostLifetime, SilentLifetime>();
        if (options.Observer is { } observer)
            builder.Services.AddSingleton<IEngineObserver>(observer);
        if (options.Page is { Kept: var kept })
            Add(builder.Services, kept);
        builder.Services.AddUserTcp(options.Configure, options.OpenDevice ?? TunDeviceFactory.Open);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = MaxShutdown);
        foreach (var name in options.Services)
            ServiceCatalog.Register(builder.Services, name);
        builder.WebHost.UseUserTcp();
        HttpEndPoints.AddServices(builder.Services);
        builder.WebHost.ConfigureKestrel((context, kestrel) =>
        {
            kestrel.AddServerHeader = false;
            HttpLimits.Apply(kestrel.Limits);
            kestrel.ListenUnixSocket(controlPath);
            HttpEndPoints.Listen(kestrel, options.Services);
            if (options.Page is not null)
                HttpEndPoints.ListenForPage(kestrel);
        });
        var application = builder.Build();
        // A request over the control socket has no address.
        application.MapWhen(context => context.Connection.LocalIpAddress is null, ControlPages.Map);
        if (options.Page is { } page)
            application.MapWhen(context => context.Connection.LocalPort == LabPage.Port, page.Map);
        HttpPages.Map(application);
        return application;
    }
}
