using Xunit;

namespace UserTcp.Conventions.Tests.Support;

/// <summary>Assertions that list every offence and its remedy.</summary>
internal static class Expect
{
    public static void None(IEnumerable<string> offences, string remedy)
    {
        var all = offences.ToList();
        if (all.Count > 0)
            Assert.Fail($"{remedy}{Environment.NewLine}{string.Join(Environment.NewLine, all)}");
    }
}
