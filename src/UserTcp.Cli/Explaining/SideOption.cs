using System.CommandLine;

namespace UserTcp.Cli.Explaining;

/// <summary>The option that says which end of a conversation is us.</summary>
internal static class SideOption
{
    public static Option<string?> Create()
    {
        var option = new Option<string?>("--side")
        {
            Description = "Which end is us: A opened the connection, B did not (default B, or the stack that recorded)",
            HelpName = "A|B|ADDRESS",
        };
        option.CompletedBy(["A", "B"]);
        option.Validators.Add(result =>
        {
            var text = result.Tokens is [var token, ..] ? token.Value : "";
            if (!ConversationChoice.IsSide(text))
                result.AddError($"--side: '{text}' is neither A, B nor an IP address");
        });
        return option;
    }
}
