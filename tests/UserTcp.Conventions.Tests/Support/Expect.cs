using Xunit;

namespace UserTcp.Conventions.Tests.Support;

/// <summary>Assertions whose failures list every offence, and say how to mend them.</summary>
internal static class Expect
{
    public static void None(IEnumerable<string> offences, string mend)
    {
        var all = offences.ToList();
        if (all.Count > 0)
            Assert.Fail($"{mend}{Environment.NewLine}{string.Join(Environment.NewLine, all)}");
    }
}
