using System.Buffers.Binary;

namespace FourBugs.Reports;

/// <summary>Sends a report on each connection: four bytes with its length, and its bytes.</summary>
internal static class ReportStore
{
    public static async Task SendAsync(Stream stream, byte[] report)
    {
        await using var closing = stream;
        var length = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(length, report.Length);
        await stream.WriteAsync(length);
        await stream.WriteAsync(report);
    }
}
