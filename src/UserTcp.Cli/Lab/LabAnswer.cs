using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using UserTcp.Capture.Explaining;

namespace UserTcp.Cli.Lab;

/// <summary>Answers of the page's data.</summary>
internal static class LabAnswer
{
    /// <summary>Answers with a status and a sentence.</summary>
    public static Task RefuseAsync(HttpContext context, int status, string problem)
    {
        context.Response.StatusCode = status;
        return SendAsync(context, new LabProblem(problem), LabJson.Default.LabProblem);
    }

    /// <summary>The language that a query asks for.</summary>
    public static Language LanguageOf(IQueryCollection query) =>
        query["lang"] == "ko" ? Language.Korean : Language.English;

    /// <summary>Answers with JSON.</summary>
    public static Task SendAsync<T>(HttpContext context, T value, JsonTypeInfo<T> type) =>
        context.Response.WriteAsJsonAsync(value, type, cancellationToken: context.RequestAborted);
}
