namespace UserTcp.Testing.WebApp;

/// <summary>An application that knows nothing of a virtual network: one that a WebApplicationFactory starts.</summary>
public static class WebApp
{
    /// <summary>Serves until it is stopped.</summary>
    public static void Main(string[] args)
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.MapGet("/late", async (TimeProvider time, CancellationToken aborted) =>
        {
            await Task.Delay(TimeSpan.FromSeconds(5), time, aborted);
            return "late";
        });
        app.Run();
    }
}
