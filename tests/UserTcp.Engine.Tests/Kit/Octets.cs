namespace UserTcp.Engine.Tests.Kit;

/// <summary>Text whose octets tell where they belong.</summary>
internal static class Octets
{
    public static byte[] Of(int count)
    {
        var octets = new byte[count];
        for (var i = 0; i < count; i++)
            octets[i] = unchecked((byte)((i * 31) ^ (i >> 8)));
        return octets;
    }
}
