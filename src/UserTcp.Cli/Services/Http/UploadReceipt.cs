namespace UserTcp.Cli.Services.Http;

/// <summary>The answer to an upload.</summary>
/// <param name="Octets">Octets received.</param>
/// <param name="Sha256">Their SHA-256, in hexadecimal.</param>
internal sealed record UploadReceipt(long Octets, string Sha256);
