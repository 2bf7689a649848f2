using Microsoft.AspNetCore.Http;
using UserTcp.Impairment;

namespace UserTcp.Cli.Lab;

/// <summary>
/// /api/impairment: changes what goes wrong on the link from the next packet on, in both directions, or in one
/// (<c>?direction=from-stack</c>, <c>to-stack</c>). Triggers begin to count anew.
/// </summary>
internal sealed class ImpairmentPage(ImpairedDevice link, string command)
{
    private const int MaxLength = 4096;
    private const string FromStack = "from-stack";
    private const string ToStack = "to-stack";

    private readonly Lock _gate = new();

    /// <summary>The impairments in force, and the command line that has them from the start.</summary>
    public ImpairmentNotice Current
    {
        get
        {
            lock (_gate)
                return Describe(link.Outbound, link.Inbound);
        }
    }

    /// <summary>Sets the impairment that the body has.</summary>
    public async Task SetAsync(HttpContext context)
    {
        if (await RequestBody.ReadStringAsync(context, MaxLength) is not { } text)
            return;
        var direction = context.Request.Query["direction"].ToString();
        if (ProblemWith(text.Trim(), direction, out var impairment) is { } problem)
        {
            await LabAnswer.RefuseAsync(context, StatusCodes.Status400BadRequest, problem);
            return;
        }

        lock (_gate)
        {
            // The same object in both directions: triggers count the packets of both together.
            if (direction != ToStack)
                link.Outbound = impairment;
            if (direction != FromStack)
                link.Inbound = impairment;
        }

        await LabAnswer.SendAsync(context, Current, LabJson.Default.ImpairmentNotice);
    }

    private static string? ProblemWith(string text, string direction, out LinkImpairment impairment)
    {
        impairment = LinkImpairment.None;
        if (direction is not ("" or FromStack or ToStack))
            return $"'{direction}' is not a direction: use {FromStack} or {ToStack}, or none for both";
        if (!LinkImpairment.TryParse(text, out var parsed, out var wrong))
            return $"'{text}': {wrong}";
        impairment = parsed;
        return null;
    }

    private ImpairmentNotice Describe(LinkImpairment fromStack, LinkImpairment toStack)
    {
        var (from, to) = (fromStack.ToString(), toStack.ToString());
        // Equal triggers in two objects count each direction by itself.
        var isSplit = !ReferenceEquals(fromStack, toStack) && (from != to || fromStack.Triggers.Count > 0);
        var options = isSplit
            ? $"{Option($"--impair-{FromStack}", from)}{Option($"--impair-{ToStack}", to)}"
            : Option("--impair", from);
        return new ImpairmentNotice(from, to, isSplit, command + options);
    }

    private static string Option(string name, string value) => value.Length == 0 ? "" : $" {name} {value}";
}
