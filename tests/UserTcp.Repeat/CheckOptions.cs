namespace UserTcp.Repeat;

/// <summary>What <see cref="Check"/> runs.</summary>
/// <param name="Processes">How many processes, one after the other.</param>
/// <param name="Seed">The seed of all.</param>
/// <param name="OpenSsl">True to compare the bytes of TLS as well.</param>
/// <param name="Hogs">Threads that burn CPU in each.</param>
/// <param name="NoTiering">True to compile everything fully at once.</param>
/// <param name="Cpu">The CPU of all; null for any.</param>
internal sealed record CheckOptions(int Processes, ulong Seed, bool OpenSsl, int Hogs, bool NoTiering, int? Cpu);
