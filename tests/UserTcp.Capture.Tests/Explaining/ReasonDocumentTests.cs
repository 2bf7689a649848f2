using System.Text;
using UserTcp.Capture.Explaining;

namespace UserTcp.Capture.Tests.Explaining;

/// <summary>docs/reasons.md is the table of reasons. An update: USERTCP_UPDATE_GOLDEN=1.</summary>
public sealed class ReasonDocumentTests
{
    private const string Begin = """
        # Reasons

        What `usertcp watch`, the ladders and the comments in captures can say of an event. Each is an entry of one
        table, [Reasons](../src/UserTcp.Capture/Explaining/Reasons.cs), from which this page is generated. Words in
        braces are arguments; JSON has them as fields. `--reason NAME` of `usertcp watch` shows only events with that
        reason, `--lang ko` prints Korean.

        | name | source | severity | English | Korean | Wireshark |
        |---|---|---|---|---|---|

        """;

    [Fact]
    public void The_document_is_the_table()
    {
        var document = new StringBuilder(Begin.ReplaceLineEndings("\n"));
        foreach (var reason in Reasons.All)
        {
            document.Append(
                $"| {reason.Id} | {reason.Source} | {reason.Severity.ToString().ToLowerInvariant()} | {reason.English} "
                + $"| {reason.Korean} | {reason.Wireshark ?? ""} |\n");
        }

        GoldenFile.AssertEqual("docs/reasons.md", document.ToString());
    }
}
