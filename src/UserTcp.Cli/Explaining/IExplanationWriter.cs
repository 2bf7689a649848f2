using UserTcp.Capture.Inference;

namespace UserTcp.Cli.Explaining;

/// <summary>Prints what is known of the conversations of a capture.</summary>
internal interface IExplanationWriter
{
    /// <summary>Begins a conversation: its ends and its summary.</summary>
    void Begin(CapturedConversation conversation, ConversationEnd us, ConversationSummary summary);

    /// <summary>Writes the next segment of the conversation.</summary>
    void Write(CapturedConversation conversation, CapturedEvent captured);
}
