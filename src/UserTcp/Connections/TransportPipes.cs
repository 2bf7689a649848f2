using System.IO.Pipelines;

namespace UserTcp.Connections;

/// <summary>A connection as a duplex pipe.</summary>
internal sealed class TransportPipes(ConnectionPump pump) : IDuplexPipe
{
    public PipeReader Input { get; } = new ReaderPipe(pump.Reader);

    public PipeWriter Output { get; } = new WriterPipe(pump.Writer);
}
