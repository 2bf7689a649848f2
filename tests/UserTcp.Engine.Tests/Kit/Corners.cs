namespace UserTcp.Engine.Tests.Kit;

/// <summary>Both families, and initial sequence numbers of both ends just before 2^31 and 2^32, where wrong arithmetic shows.</summary>
public static class Corners
{
    /// <summary>Just before 2^32: SYN and one more octet, then zero.</summary>
    public const uint Wrap = uint.MaxValue - 1;

    /// <summary>Just before 2^31: SYN and one more octet, then what is negative as a signed number.</summary>
    public const uint Sign = int.MaxValue - 1;

    /// <summary>Family, our ISS, the peer's ISS.</summary>
    public static TheoryData<string, uint, uint> All => new()
    {
        { "4", Wrap, Sign },
        { "4", Sign, Wrap },
        { "6", Wrap, Wrap },
        { "6", Sign, Sign },
    };
}
