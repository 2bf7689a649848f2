namespace UserTcp.Engine.Tests.Kit;

/// <summary>Data whose bytes show their offset: a gap, a duplicate and a shift each make a difference.</summary>
internal static class Pattern
{
    public static byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        for (var i = 0; i < count; i++)
            bytes[i] = unchecked((byte)((i * 31) ^ (i >> 8)));
        return bytes;
    }
}
