namespace UserTcp.Engine.Tests.Kit;

/// <summary>Initial sequence numbers just before 2^31 and 2^32, where wrong arithmetic shows.</summary>
public static class Isn
{
    /// <summary>Just before 2^31: the SYN and one byte, then numbers that are negative when signed.</summary>
    public const uint BeforeHalf = int.MaxValue - 1;

    /// <summary>Just before 2^32: the SYN and one byte, then zero.</summary>
    public const uint BeforeWrap = uint.MaxValue - 1;

    /// <summary>IRS and ISS.</summary>
    public static TheoryData<uint, uint> Pairs => new() { { BeforeHalf, BeforeWrap }, { BeforeWrap, BeforeHalf } };

    /// <summary>Family, ISS and IRS.</summary>
    public static TheoryData<string, uint, uint> FamilyPairs => new()
    {
        { "4", BeforeWrap, BeforeHalf },
        { "4", BeforeHalf, BeforeWrap },
        { "6", BeforeWrap, BeforeWrap },
        { "6", BeforeHalf, BeforeHalf },
    };
}
