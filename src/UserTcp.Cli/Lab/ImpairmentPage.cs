using Microsoft.AspNetCore.Http;
using UserTcp.Impairment;

namespace UserTcp.Cli.Lab;

/// <summary>
/// /api/impairment: changes what goes wrong on the link, in both directions, from the next packet on. Triggers begin to
/// count anew.
/// </summary>
internal sealed class ImpairmentPage(ImpairedDevice link, string command)
{
    private const int MaxLength = 4096;

    private readonly Lock _gate = new();

    /// <summary>The impairment in force, as <c>--impair</c> takes it; empty for none.</summary>
    public string Current => link.Outbound.Equals(LinkImpairment.None) ? "" : link.Outbound.ToString();

    /// <summary>The command line that has the impairment in force from the start.</summary>
    public string Command => Current.Length == 0 ? command : $"{command} --impair {Current}";

    /// <summary>Sets the impairment that the body has.</summary>
    public async Task SetAsync(HttpContext context)
    {
        if (await RequestBody.ReadStringAsync(context, MaxLength) is not { } text)
            return;
        if (!LinkImpairment.TryParse(text.Trim(), out var impairment, out var wrong))
        {
            await LabAnswer.RefuseAsync(context, StatusCodes.Status400BadRequest, $"'{text.Trim()}': {wrong}");
            return;
        }

        lock (_gate)
        {
            // The same object in both directions: triggers count the packets of both together.
            link.Outbound = impairment;
            link.Inbound = impairment;
        }

        await LabAnswer.SendAsync(
            context, new ImpairmentNotice(Current, Command), LabJson.Default.ImpairmentNotice);
    }
}
