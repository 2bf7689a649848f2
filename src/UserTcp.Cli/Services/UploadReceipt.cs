namespace UserTcp.Cli.Services;

/// <summary>What an upload is answered with.</summary>
/// <param name="Octets">Octets received.</param>
/// <param name="Sha256">Their SHA-256, in hexadecimal.</param>
internal sealed record UploadReceipt(long Octets, string Sha256);
