using UserTcp.Capture.Explaining;

namespace UserTcp.Cli.Explaining;

/// <summary>Prints what is known of the conversations of a capture.</summary>
internal interface IExplanationWriter
{
    /// <summary>Begins the file.</summary>
    void Begin(CapturedFile file);

    /// <summary>Begins a conversation: its ends and its summary.</summary>
    void Begin(ExplainedConversation conversation);

    /// <summary>Writes the next event of the conversation; false when it is one that is not shown.</summary>
    bool Write(ExplainedEvent explained);
}
