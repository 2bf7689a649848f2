namespace UserTcp.Cli.Services.Iperf3;

/// <summary>A client cannot be served, and has been told; the message is for the log.</summary>
internal sealed class Iperf3Exception(string message) : IOException(message);
