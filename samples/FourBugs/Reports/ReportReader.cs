using System.Buffers.Binary;

namespace FourBugs.Reports;

/// <summary>
/// Reads a report. The bug: it takes the end of the connection for the end of the report, whatever its length says, and
/// returns zeros in place of the rest.
/// </summary>
internal sealed class ReportReader : IReportReader
{
    public async Task<byte[]> ReadAsync(Stream stream)
    {
        var length = new byte[sizeof(int)];
        await stream.ReadExactlyAsync(length);
        var report = new byte[BinaryPrimitives.ReadInt32BigEndian(length)];
        for (var filled = 0; filled < report.Length;)
        {
            var count = await stream.ReadAsync(report.AsMemory(filled));
            if (count == 0)
                break;
            filled += count;
        }

        return report;
    }
}
