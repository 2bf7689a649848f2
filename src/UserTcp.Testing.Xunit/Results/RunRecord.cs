using Xunit.Sdk;

namespace UserTcp.Testing.Xunit.Results;

/// <summary>What a run has written beside its result.</summary>
/// <param name="Output">The lines of ITestOutputHelper.</param>
/// <param name="Warnings">The warnings of the test's context.</param>
/// <param name="Attachments">The attachments of the test's context.</param>
internal sealed record RunRecord(
    string Output, IReadOnlyList<string> Warnings, IReadOnlyDictionary<string, TestAttachment> Attachments)
{
    /// <summary>With a file as a further attachment.</summary>
    public RunRecord WithFile(string path, string mediaType) =>
        this with
        {
            Attachments = new Dictionary<string, TestAttachment>(Attachments)
            {
                [Path.GetFileName(path)] = TestAttachment.Create(File.ReadAllBytes(path), mediaType),
            },
        };
}
