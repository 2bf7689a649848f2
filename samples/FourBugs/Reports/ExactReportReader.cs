using System.Buffers.Binary;

namespace FourBugs.Reports;

/// <summary>As <see cref="ReportReader"/>, repaired: a report that ends early is an error.</summary>
internal sealed class ExactReportReader : IReportReader
{
    public async Task<byte[]> ReadAsync(Stream stream)
    {
        var length = new byte[sizeof(int)];
        await stream.ReadExactlyAsync(length);
        var report = new byte[BinaryPrimitives.ReadInt32BigEndian(length)];
        await stream.ReadExactlyAsync(report);
        return report;
    }
}
