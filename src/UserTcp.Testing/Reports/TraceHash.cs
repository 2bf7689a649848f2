using System.Security.Cryptography;

namespace UserTcp.Testing.Reports;

/// <summary>
/// SHA-256 of many small pieces: they are collected first, since each call of the library costs more than its bytes.
/// </summary>
internal sealed class TraceHash
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _collected = new byte[16 * 1024];
    private int _count;

    /// <summary>The hash of all pieces so far, in hexadecimal.</summary>
    public string GetValue()
    {
        _hash.AppendData(_collected, 0, _count);
        _count = 0;
        return Convert.ToHexStringLower(_hash.GetCurrentHash());
    }

    /// <summary>Adds a piece.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var length = Math.Min(bytes.Length, _collected.Length - _count);
            bytes[..length].CopyTo(_collected.AsSpan(_count));
            _count += length;
            bytes = bytes[length..];
            if (_count < _collected.Length)
                continue;
            _hash.AppendData(_collected);
            _count = 0;
        }
    }
}
