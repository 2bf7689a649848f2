using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using UserTcp.Capture;
using UserTcp.Capture.Explaining;
using UserTcp.Cli.Control;
using Xunit;

namespace UserTcp.Cli.Tests;

/// <summary>The query of /watch, as another version may send it.</summary>
public sealed class WatchRequestTests
{
    [Fact]
    public void A_request_is_read_as_it_was_written()
    {
        var request = new WatchRequest
        {
            Filters = ["sport = :80", "dst 198.18.0.1"],
            Reasons = [ReasonId.DuplicateAck, ReasonId.FastRetransmit],
            Severity = Severity.Warning,
            Form = EventForm.JsonSequence,
            Count = 7,
            SaysEnd = true,
            Style = new LineStyle { Language = Language.Korean, Width = 80, Causes = true, AllEvents = true },
        };

        var read = Read(request.ToQuery(), out var problem)!;

        Assert.Null(problem);
        Assert.Equal(request.Filters, read.Filters);
        Assert.Equal(request.Reasons, read.Reasons);
        Assert.Equal(
            (request.Severity, request.Form, request.Count, request.SaysEnd, request.Style),
            (read.Severity, read.Form, read.Count, read.SaysEnd, read.Style));
    }

    [Theory]
    [InlineData("an event\n", false)]
    [InlineData("an event\n\u0004counted", false)]
    [InlineData("an event\n\u0004stopped", true)]
    [InlineData("\u0004stopped", true)]
    public async Task The_word_behind_the_events_is_none_of_them(string content, bool hasStopped)
    {
        foreach (var size in new[] { 1, 3, 100 })
        {
            using var bytes = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(content));
            using var response = new WatchResponse(new HttpResponseMessage(), bytes);
            var (events, buffer) = ("", new byte[size]);
            int length;
            while ((length = await response.ReadAsync(buffer, TestContext.Current.CancellationToken)) > 0)
                events += System.Text.Encoding.UTF8.GetString(buffer, 0, length);

            Assert.Equal(content.Split('\u0004')[0], events);
            Assert.Equal((hasStopped, false), (response.HasStackStopped, response.HasStackFailed));
            Assert.Equal(0, await response.ReadAsync(buffer, TestContext.Current.CancellationToken));
        }
    }

    [Fact]
    public void Without_values_it_is_a_watch_of_everything()
    {
        var read = Read("", out var problem)!;

        Assert.Null(problem);
        Assert.Empty(read.Filters);
        Assert.Empty(read.Reasons);
        Assert.Equal((Severity.Normal, EventForm.Lines, (long?)null), (read.Severity, read.Form, read.Count));
        Assert.Equal(LineStyle.Plain, read.Style);
    }

    [Theory]
    [InlineData("form=Poem", "form: the stack, of another version perhaps, does not know 'Poem'")]
    [InlineData("form=1", "form: the stack, of another version perhaps, does not know '1'")]
    [InlineData("form=", "form: the stack, of another version perhaps, does not know ''")]
    [InlineData("form=Json&form=Ladder", "form: the stack, of another version perhaps, does not know 'Json,Ladder'")]
    [InlineData("severity=99", "severity: the stack, of another version perhaps, does not know '99'")]
    [InlineData("reason=DuplicateAck&reason=99", "reason: the stack, of another version perhaps, does not know '99'")]
    [InlineData("reason=Data,Close", "reason: the stack, of another version perhaps, does not know 'Data,Close'")]
    [InlineData("lang=Latin", "lang: the stack, of another version perhaps, does not know 'Latin'")]
    [InlineData("count=0", "count: the stack, of another version perhaps, does not know '0'")]
    [InlineData("count=-1", "count: the stack, of another version perhaps, does not know '-1'")]
    [InlineData("count=9223372036854775808",
        "count: the stack, of another version perhaps, does not know '9223372036854775808'")]
    [InlineData("width=-1", "width: the stack, of another version perhaps, does not know '-1'")]
    [InlineData("width=2147483648", "width: the stack, of another version perhaps, does not know '2147483648'")]
    [InlineData("all=yes", "all: the stack, of another version perhaps, does not know 'yes'")]
    [InlineData("lang=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "lang: the stack, of another version perhaps, does not know 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...'")]
    public void A_value_that_is_not_known_is_refused_with_its_name(string query, string expected)
    {
        Assert.Null(Read(query, out var problem));
        Assert.Equal(expected, problem);
    }

    private static WatchRequest? Read(string query, out string? problem) =>
        WatchRequest.Read(new QueryCollection(QueryHelpers.ParseQuery(query)), out problem);
}
