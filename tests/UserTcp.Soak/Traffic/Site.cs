using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using UserTcp.Hosting;

namespace UserTcp.Soak.Traffic;

/// <summary>Kestrel on a stack: GET /data sends a pattern, POST /data checks one.</summary>
internal sealed class Site(WebApplication application) : IAsyncDisposable
{
    private const int Port = 80;

    public static async Task<Site> StartAsync(UserTcpStack stack, IReadOnlyList<IPAddress> addresses)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrel();
        builder.Services.AddRouting();
        builder.Logging.SetMinimumLevel(LogLevel.None);
        builder.Services.AddSingleton<IUserTcpStackProvider>(new Provider(stack));
        builder.WebHost.UseUserTcp();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            foreach (var address in addresses)
                kestrel.Listen(address, Port);
        });
        var application = builder.Build();
        application.MapGet("/data", SendAsync);
        application.MapPost("/data", CheckAsync);
        await application.StartAsync();
        return new Site(application);
    }

    public async ValueTask DisposeAsync()
    {
        await application.StopAsync();
        await application.DisposeAsync();
    }

    private static async Task SendAsync(HttpContext context)
    {
        var (seed, length) = (Seed(context), int.Parse(context.Request.Query["length"]!, CultureInfo.InvariantCulture));
        context.Response.ContentLength = length;
        const int Piece = 16 * 1024;
        for (var sent = 0; sent < length;)
        {
            var part = Math.Min(Piece, length - sent);
            Pattern.Fill(context.Response.BodyWriter.GetSpan(part)[..part], seed, sent);
            context.Response.BodyWriter.Advance(part);
            sent += part;
            await context.Response.BodyWriter.FlushAsync();
        }
    }

    private static async Task CheckAsync(HttpContext context)
    {
        var seed = Seed(context);
        long position = 0;
        while (true)
        {
            var result = await context.Request.BodyReader.ReadAsync();
            foreach (var piece in result.Buffer)
            {
                if (Pattern.FindMismatch(piece.Span, seed, position) >= 0)
                    context.Response.StatusCode = StatusCodes.Status422UnprocessableEntity;
                position += piece.Length;
            }

            context.Request.BodyReader.AdvanceTo(result.Buffer.End);
            if (result.IsCompleted)
                break;
        }

        await context.Response.WriteAsync(position.ToString(CultureInfo.InvariantCulture));
    }

    private static ulong Seed(HttpContext context) =>
        ulong.Parse(context.Request.Query["seed"]!, CultureInfo.InvariantCulture);

    private sealed class Provider(UserTcpStack stack) : IUserTcpStackProvider
    {
        public ValueTask<UserTcpStack> GetStackAsync(CancellationToken cancellationToken = default) =>
            ValueTask.FromResult(stack);
    }
}
