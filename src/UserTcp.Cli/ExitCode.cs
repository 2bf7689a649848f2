namespace UserTcp.Cli;

/// <summary>Exit codes of the command. Those above 1 are from sysexits(3).</summary>
internal static class ExitCode
{
    public const int Success = 0;
    public const int Failure = 1;
    public const int Usage = 64;
    public const int NoInput = 66;
    public const int DeviceMissing = 69;
    public const int InternalFault = 70;
    public const int CannotCreate = 73;
    public const int NotPermitted = 77;
    public const int Configuration = 78;
}
