namespace UserTcp.Differential.Comparing;

/// <summary>The position of a segment relative to the connection.</summary>
/// <param name="Seq">SEG.SEQ - RCV.NXT.</param>
/// <param name="Ack">SEG.ACK - SND.NXT.</param>
/// <param name="FromIrs">SEG.SEQ - IRS.</param>
/// <param name="FromIss">SEG.ACK - ISS.</param>
/// <param name="IsContradiction">
/// The peer contradicts itself, now or before: its stream ends at two places, or continues after its end.
/// </param>
internal sealed record Place(int Seq, int Ack, int FromIrs, int FromIss, bool IsContradiction);
