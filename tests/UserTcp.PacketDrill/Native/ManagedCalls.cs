using System.Runtime.InteropServices;

namespace UserTcp.PacketDrill.Native;

/// <summary>
/// The calls that the shim makes, in the order of struct managed_calls in tools/packetdrill/shim/managed.h.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ManagedCalls
{
    public delegate* unmanaged<byte*, int> Reset;
    public delegate* unmanaged<byte*, int> Command;
    public delegate* unmanaged<int, int> Owns;
    public delegate* unmanaged<long, long> Now;
    public delegate* unmanaged<long, int> Step;
    public delegate* unmanaged<byte*, nint, int> NetSend;
    public delegate* unmanaged<byte*, nint, long*, long> NetReceive;
    public delegate* unmanaged<int, int, int, int, long> Socket;
    public delegate* unmanaged<int, byte*, int, long> Bind;
    public delegate* unmanaged<int, int, long> Listen;
    public delegate* unmanaged<int, int, byte*, int*, long> Accept;
    public delegate* unmanaged<int, byte*, int, long> Connect;
    public delegate* unmanaged<int, byte*, nint, int, long> Receive;
    public delegate* unmanaged<int, byte*, nint, int, byte*, int, long> SendTo;
    public delegate* unmanaged<int, int, long, long> Fcntl;
    public delegate* unmanaged<int, ulong, int*, long> Ioctl;
    public delegate* unmanaged<int, long> Close;
    public delegate* unmanaged<int, int, long> Shutdown;
    public delegate* unmanaged<int, int, int, byte*, int*, long> GetOption;
    public delegate* unmanaged<int, int, int, byte*, int, long> SetOption;
    public delegate* unmanaged<PollRecord*, int, int, long> Poll;
    public delegate* unmanaged<int, int, long> EpollCreate;
    public delegate* unmanaged<int, int, int, uint, ulong, long> EpollControl;
    public delegate* unmanaged<int, uint*, ulong*, int, int, long> EpollWait;
}

/// <summary>Linux's struct pollfd.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PollRecord
{
    public int Descriptor;
    public short Events;
    public short Returned;
}
