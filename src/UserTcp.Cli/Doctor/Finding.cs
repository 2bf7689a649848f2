namespace UserTcp.Cli.Doctor;

/// <summary>How grave a finding is: a warning leaves `demo` and `lab` working.</summary>
internal enum Verdict
{
    Ok,
    Warning,
    Failure,
}

/// <summary>What one check found, with the mend when there is something to mend.</summary>
internal readonly record struct Finding(Verdict Verdict, string Words, int ExitCode)
{
    public static Finding Good(string words) => new(Verdict.Ok, words, Cli.ExitCode.Success);

    public static Finding Warn(string words) => new(Verdict.Warning, words, Cli.ExitCode.Success);

    public static Finding Bad(int exitCode, string words) => new(Verdict.Failure, words, exitCode);
}

/// <summary>A finding as JSON carries it.</summary>
/// <param name="Check">What was looked at.</param>
/// <param name="Verdict">"ok", "warn" or "fail".</param>
/// <param name="Words">What was found, and how to mend it.</param>
internal sealed record FindingRow(string Check, string Verdict, string Words);
