using System.IO.Pipelines;

namespace UserTcp.Cli.Services;

/// <summary>Reading for nothing but the peer's end.</summary>
internal static class PipeReaderExtensions
{
    /// <summary>Throws away what comes, until the peer's FIN or a cancelled read.</summary>
    public static async Task DiscardAsync(this PipeReader input, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await input.ReadAsync(cancellationToken);
            input.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted || read.IsCanceled)
                return;
        }
    }
}
