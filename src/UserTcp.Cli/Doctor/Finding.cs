namespace UserTcp.Cli.Doctor;

/// <summary>How bad a finding is. With a warning the demo still runs.</summary>
internal enum Verdict
{
    Ok,
    Warning,
    Failure,
}

/// <summary>The result of one check, with the remedy when there is a problem.</summary>
internal readonly record struct Finding(Verdict Verdict, string Words)
{
    public static Finding Good(string words) => new(Verdict.Ok, words);

    public static Finding Warn(string words) => new(Verdict.Warning, words);

    public static Finding Bad(string words) => new(Verdict.Failure, words);
}

/// <summary>A finding in JSON.</summary>
/// <param name="Check">The name of the check.</param>
/// <param name="Verdict">"ok", "warn" or "fail".</param>
/// <param name="Words">The finding, with the remedy when there is a problem.</param>
internal sealed record FindingRow(string Check, string Verdict, string Words);

/// <summary>A use in JSON.</summary>
/// <param name="Use">"demo", "lab", "up" or "tests".</param>
/// <param name="Works">True when it can run here.</param>
/// <param name="Problem">Why it cannot run here, or null.</param>
internal sealed record UseRow(string Use, bool Works, string? Problem);

/// <summary>All that `usertcp doctor --json` prints.</summary>
internal sealed record DoctorReport(FindingRow[] Checks, UseRow[] Uses);
