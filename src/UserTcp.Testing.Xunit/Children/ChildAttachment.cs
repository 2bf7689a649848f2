using Xunit.Sdk;

namespace UserTcp.Testing.Xunit.Children;

/// <summary>An attachment of a test: a string, or bytes with their media type.</summary>
internal sealed record ChildAttachment(string Name, string? Content, byte[]? Bytes, string? MediaType)
{
    /// <summary>An attachment as it goes to another process.</summary>
    public static ChildAttachment Of(string name, TestAttachment attachment)
    {
        if (attachment.AttachmentType == TestAttachmentType.String)
            return new ChildAttachment(name, attachment.AsString(), null, null);
        var (bytes, mediaType) = attachment.AsByteArray();
        return new ChildAttachment(name, null, bytes, mediaType);
    }

    /// <summary>The attachment.</summary>
    public TestAttachment ToAttachment() => Bytes is null
        ? TestAttachment.Create(Content ?? "")
        : TestAttachment.Create(Bytes, MediaType!);
}
