namespace UserTcp.Cli.Lessons;

/// <summary>What a lesson says of TCP, and checks in its own run.</summary>
internal sealed record Claim(string English, string Korean)
{
    public Words Sentence => new(English, Korean);
}
