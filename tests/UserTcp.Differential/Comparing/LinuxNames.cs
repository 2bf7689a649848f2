using System.Globalization;

namespace UserTcp.Differential.Comparing;

/// <summary>Names of Linux's numbers.</summary>
internal static class LinuxNames
{
    private static readonly Dictionary<long, string> Errors = new()
    {
        [9] = "EBADF",
        [11] = "EAGAIN",
        [22] = "EINVAL",
        [32] = "EPIPE",
        [98] = "EADDRINUSE",
        [103] = "ECONNABORTED",
        [104] = "ECONNRESET",
        [106] = "EISCONN",
        [107] = "ENOTCONN",
        [110] = "ETIMEDOUT",
        [111] = "ECONNREFUSED",
        [115] = "EINPROGRESS",
    };

    private static readonly string[] States =
    [
        "", "ESTABLISHED", "SYN-SENT", "SYN-RECEIVED", "FIN-WAIT-1", "FIN-WAIT-2", "TIME-WAIT", "CLOSED", "CLOSE-WAIT",
        "LAST-ACK", "LISTEN", "CLOSING", "SYN-RECEIVED",
    ];

    public static string Result(long result)
    {
        if (result < 0 && Errors.TryGetValue(-result, out var name))
            return name;
        return result.ToString(CultureInfo.InvariantCulture);
    }

    public static string State(int? state) => state is { } number && number < States.Length ? States[number] : "-";
}
