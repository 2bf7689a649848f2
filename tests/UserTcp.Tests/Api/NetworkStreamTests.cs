using System.Net.Sockets;
using UserTcp.Tests.Api.Kit;
using Xunit;

namespace UserTcp.Tests.Api;

/// <summary>
/// The same cases over <see cref="NetworkStream"/> on loopback sockets and over <see cref="UserTcpStream"/>: each has
/// the same outcome, or a difference with a reason.
/// </summary>
public sealed class NetworkStreamTests
{
    public static TheoryData<string> Cases => [.. StreamCases.All.Keys];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_case_has_the_same_outcome(string name)
    {
        var run = StreamCases.All[name];
        var expected = await OutcomeAsync(await StreamEnds.OverSocketsAsync(), run);
        var actual = await OutcomeAsync(await StreamEnds.OverStacksAsync(), run);

        if (StreamDifferences.All.TryGetValue(name, out var difference))
        {
            // A difference that has gone must not stay in the list.
            Assert.Equal((difference.Sockets, difference.Stack), (expected, actual));
            Assert.NotEqual(expected, actual);
        }
        else
        {
            Assert.Equal(expected, actual);
        }
    }

    [Fact]
    public void Each_difference_belongs_to_a_case() =>
        Assert.Empty(StreamDifferences.All.Keys.Except(StreamCases.All.Keys));

    private static async Task<string> OutcomeAsync(StreamEnds ends, Func<StreamEnds, Task<string>> run)
    {
        await using (ends)
        {
            try
            {
                return await run(ends).OrFail();
            }
            catch (Exception exception) when (exception is not Xunit.Sdk.IAssertionException and not TimeoutException)
            {
                return Outcome.Of(exception);
            }
        }
    }
}
