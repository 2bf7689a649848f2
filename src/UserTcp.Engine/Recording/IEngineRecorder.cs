using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Output;
using UserTcp.Engine.State;
using UserTcp.Engine.Udp;
using UserTcp.Wire;

namespace UserTcp.Engine.Recording;

/// <summary>
/// Gets the inputs of an engine: each call that changes its state, before the engine handles it. An engine that gets
/// the same inputs again, with the same options and keys, does the same again (docs/decisions/0054). The engine's
/// thread calls it. It must not throw, unless a member says so, and must not call the engine.
/// </summary>
public interface IEngineRecorder
{
    /// <summary>A frame arrives; <paramref name="frame"/> is as the engine gets it.</summary>
    void OnFrame(Block frame, MonotonicTime now);

    /// <summary>
    /// The frame of the last <see cref="OnFrame"/> belongs to another engine of the host: it has changed nothing here.
    /// </summary>
    void OnFrameNotOwned();

    /// <summary><see cref="TcpEngine.OnTimer"/>.</summary>
    void OnTimer(MonotonicTime now);

    /// <summary><see cref="TcpEngine.TryEmit"/>, also when it has nothing to send.</summary>
    void OnEmit(MonotonicTime now);

    /// <summary>What the last <see cref="OnEmit"/> has sent.</summary>
    void OnEmitted(in Emission emission);

    /// <summary><see cref="TcpEngine.TryDequeueEvent"/>, after it has dequeued an event.</summary>
    void OnEventDequeued(in EngineEvent engineEvent);

    /// <summary><see cref="TcpEngine.ShareMemory"/>.</summary>
    /// <param name="elsewhere">Bytes in use that are not those of this engine's connections.</param>
    /// <param name="limit">Bytes that may be in use.</param>
    void OnShareMemory(long elsewhere, long limit);

    /// <summary><see cref="TcpEngine.Listen"/>.</summary>
    /// <exception cref="NotSupportedException">The options have what cannot be recorded.</exception>
    void OnListen(
        IpAddress localAddress, Port localPort, int? backlog, ConnectionOptions options, ListenFlags flags);

    /// <summary>The listener of the last <see cref="OnListen"/>, unless that has failed.</summary>
    void OnListening(Listener listener);

    /// <summary><see cref="TcpEngine.TryAccept"/>.</summary>
    void OnAccept(Listener listener);

    /// <summary><see cref="TcpEngine.CloseListener"/>.</summary>
    void OnCloseListener(Listener listener, MonotonicTime now);

    /// <summary><see cref="TcpEngine.Open"/>.</summary>
    /// <exception cref="NotSupportedException">The options have what cannot be recorded.</exception>
    void OnOpen(
        IpAddress? localAddress, Port localPort, IpAddress remoteAddress, Port remotePort, ConnectionOptions options,
        MonotonicTime now);

    /// <summary>The connection of the last <see cref="OnOpen"/> or <see cref="OnAccept"/>, if there is one.</summary>
    void OnConnection(Tcb connection);

    /// <summary><see cref="TcpEngine.Send"/>; <paramref name="first"/> is the chain as the engine gets it.</summary>
    void OnSend(Tcb connection, Block first, MonotonicTime now);

    /// <summary><see cref="TcpEngine.Consumed"/>.</summary>
    void OnConsumed(Tcb connection, int bytes, MonotonicTime now);

    /// <summary><see cref="TcpEngine.SetOptions"/>.</summary>
    void OnSetOptions(Tcb connection, ConnectionOptions options, MonotonicTime now);

    /// <summary>A call without further arguments.</summary>
    /// <param name="call">The call.</param>
    /// <param name="connection">The connection.</param>
    /// <param name="now">The time; null when the call has none.</param>
    void OnCall(RecordedCall call, Tcb connection, MonotonicTime? now);

    /// <summary><see cref="TcpEngine.BindUdp"/>.</summary>
    void OnBindUdp(IpAddress localAddress, Port localPort, UdpFlags flags);

    /// <summary>The endpoint of the last <see cref="OnBindUdp"/>, unless that has failed.</summary>
    void OnBound(UdpEndpoint endpoint);

    /// <summary><see cref="TcpEngine.ConnectUdp"/>.</summary>
    void OnConnectUdp(UdpEndpoint endpoint, UdpPeer peer);

    /// <summary><see cref="TcpEngine.SendDatagram"/>; <paramref name="data"/> is as the engine gets it.</summary>
    void OnSendDatagram(UdpEndpoint endpoint, UdpPeer peer, Block data, MonotonicTime now);

    /// <summary><see cref="TcpEngine.ReceiveDatagrams"/>.</summary>
    void OnReceiveDatagrams(UdpEndpoint endpoint);

    /// <summary><see cref="TcpEngine.CloseUdp"/>.</summary>
    void OnCloseUdp(UdpEndpoint endpoint);

    /// <summary><see cref="TcpEngine.ReportFault"/>.</summary>
    void OnFault(Tcb? connection, Exception fault, MonotonicTime now);

    /// <summary>A frame was lost behind the engine, and is counted.</summary>
    /// <param name="isHandOver">
    /// True for <see cref="TcpEngine.CountLostHandOver"/>, false for <see cref="TcpEngine.CountLostWrite"/>.
    /// </param>
    void OnLostFrame(bool isHandOver);

    /// <summary><see cref="TcpEngine.Dispose"/>.</summary>
    void OnDispose();
}

/// <summary>Calls of a connection that have no arguments but the time.</summary>
public enum RecordedCall : byte
{
    /// <summary><see cref="TcpEngine.Receive"/>.</summary>
    Receive,

    /// <summary><see cref="TcpEngine.DequeueAcknowledged"/>.</summary>
    DequeueAcknowledged,

    /// <summary><see cref="TcpEngine.Shutdown"/>.</summary>
    Shutdown,

    /// <summary><see cref="TcpEngine.Close"/>: a RST for unread data is sent at once.</summary>
    Close,

    /// <summary><see cref="TcpEngine.Close"/>: a RST for unread data waits for the ACK of our FIN.</summary>
    CloseAfterFin,

    /// <summary><see cref="TcpEngine.Abort"/>.</summary>
    Abort,

    /// <summary><see cref="TcpEngine.ResetForMemory"/>.</summary>
    ResetForMemory,

    /// <summary><see cref="TcpEngine.SetUrgent"/>.</summary>
    SetUrgent,

    /// <summary><see cref="TcpEngine.TryPark"/>.</summary>
    Park,
}
