using System.Text;
using Microsoft.AspNetCore.Http;

namespace UserTcp.AspNetCore.Tests.Kit;

/// <summary>Applications that more than one list of cases serves.</summary>
internal static class Applications
{
    /// <summary>Reads the whole body, and returns it.</summary>
    public static async Task EchoAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body, Encoding.ASCII);
        await context.Response.WriteAsync(await reader.ReadToEndAsync());
    }
}
