namespace UserTcp.Recording;

/// <summary>The kinds of entries of a recording. The values are the file's: never change one.</summary>
internal enum EntryKind : byte
{
    /// <summary>A frame arrives.</summary>
    Frame = 1,

    /// <summary>Timers are handled.</summary>
    Timer = 2,

    /// <summary>The engine is asked for a frame, and has none.</summary>
    EmitNothing = 3,

    /// <summary>The engine has sent a frame: its length and a checksum of its bytes.</summary>
    Emit = 4,

    /// <summary>An event is dequeued.</summary>
    DequeueEvent = 5,

    /// <summary>The memory in use elsewhere, and the limit.</summary>
    ShareMemory = 6,

    /// <summary>Passive OPEN.</summary>
    Listen = 7,

    /// <summary>A connection is accepted.</summary>
    Accept = 8,

    /// <summary>A listener is closed.</summary>
    CloseListener = 9,

    /// <summary>Active OPEN.</summary>
    Open = 10,

    /// <summary>SEND, with the data.</summary>
    Send = 11,

    /// <summary>The application has consumed data.</summary>
    Consumed = 12,

    /// <summary>Options of a connection are changed.</summary>
    SetOptions = 13,

    /// <summary>A call that has no arguments but the time.</summary>
    Call = 14,

    /// <summary>A fault of the engine's caller.</summary>
    Fault = 15,

    /// <summary>A frame was lost behind the engine.</summary>
    LostFrame = 16,

    /// <summary>A connection gets its number, which no call has returned: its four-tuple.</summary>
    Name = 17,

    /// <summary>The engine has ended.</summary>
    Dispose = 18,

    /// <summary>The link has done something to a frame.</summary>
    Verdict = 19,

    /// <summary>The recording has ended in order; nothing follows.</summary>
    End = 20,

    /// <summary>An event of a UDP endpoint is dequeued.</summary>
    DequeueUdpEvent = 21,

    /// <summary>A UDP endpoint is bound.</summary>
    BindUdp = 22,

    /// <summary>A UDP endpoint is connected.</summary>
    ConnectUdp = 23,

    /// <summary>A datagram is sent, with its data.</summary>
    SendDatagram = 24,

    /// <summary>Received datagrams are dequeued.</summary>
    ReceiveDatagrams = 25,

    /// <summary>A UDP endpoint is closed.</summary>
    CloseUdp = 26,
}
