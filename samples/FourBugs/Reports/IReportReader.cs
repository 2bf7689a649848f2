namespace FourBugs.Reports;

/// <summary>Reads a report from a connection.</summary>
internal interface IReportReader
{
    /// <summary>The whole report.</summary>
    /// <exception cref="IOException">The connection has ended before the report.</exception>
    Task<byte[]> ReadAsync(Stream stream);
}
