namespace UserTcp.Browser.Tests.Kit;

/// <summary>How a reader sees the page.</summary>
/// <param name="Language">en or ko, as the browser's language.</param>
/// <param name="IsDark">The system's colours.</param>
/// <param name="Width">Pixels (CSS).</param>
public sealed record Look(string Language = "en", bool IsDark = false, int Width = 1280)
{
    public const int Height = 900;
}
