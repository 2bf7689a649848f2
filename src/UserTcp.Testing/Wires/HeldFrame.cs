namespace UserTcp.Testing.Wires;

/// <summary>A packet that waits to be sent.</summary>
/// <param name="Wire">The first wire of its host's packets.</param>
/// <param name="Bytes">The whole packet.</param>
internal readonly record struct HeldFrame(Wire Wire, byte[] Bytes);
