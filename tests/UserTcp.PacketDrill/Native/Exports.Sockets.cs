using System.Runtime.InteropServices;
using UserTcp.PacketDrill.Sockets;

namespace UserTcp.PacketDrill.Native;

/// <summary>The socket calls.</summary>
internal static unsafe partial class Exports
{
    private static void FillSocketCalls(ManagedCalls* calls)
    {
        calls->Socket = &Socket;
        calls->Bind = &Bind;
        calls->Listen = &Listen;
        calls->Accept = &Accept;
        calls->Connect = &Connect;
        calls->Receive = &Receive;
        calls->SendTo = &SendTo;
        calls->Fcntl = &Fcntl;
        calls->Ioctl = &Ioctl;
        calls->Close = &Close;
        calls->Shutdown = &Shutdown;
        calls->GetOption = &GetOption;
        calls->SetOption = &SetOption;
        calls->Poll = &Poll;
        calls->EpollCreate = &EpollCreate;
        calls->EpollControl = &EpollControl;
        calls->EpollWait = &EpollWait;
    }

    [UnmanagedCallersOnly]
    private static long Socket(int family, int type, int protocol, int descriptor) =>
        s_layer.Socket(family, type, protocol, descriptor);

    [UnmanagedCallersOnly]
    private static long Bind(int descriptor, byte* address, int length) =>
        s_layer.Bind(descriptor, In(address, length));

    [UnmanagedCallersOnly]
    private static long Listen(int descriptor, int backlog) => s_layer.Listen(descriptor, backlog);

    [UnmanagedCallersOnly]
    private static long Accept(int descriptor, int newDescriptor, byte* address, int* length)
    {
        var room = length is null ? 0 : *length;
        var result = s_layer.Accept(descriptor, newDescriptor, Out(address, room), out var written);
        if (length is not null && result >= 0)
            *length = written;
        return result;
    }

    [UnmanagedCallersOnly]
    private static long Connect(int descriptor, byte* address, int length) =>
        s_layer.Connect(descriptor, In(address, length));

    [UnmanagedCallersOnly]
    private static long Receive(int descriptor, byte* buffer, nint length, int flags) =>
        s_layer.Receive(descriptor, Out(buffer, (int)length), (MessageFlags)flags);

    [UnmanagedCallersOnly]
    private static long SendTo(
        int descriptor, byte* octets, nint length, int flags, byte* address, int addressLength) =>
        s_layer.SendTo(descriptor, In(octets, (int)length), (MessageFlags)flags, In(address, addressLength));

    [UnmanagedCallersOnly]
    private static long Fcntl(int descriptor, int command, long argument) =>
        s_layer.Fcntl(descriptor, command, argument);

    [UnmanagedCallersOnly]
    private static long Ioctl(int descriptor, ulong request, int* value)
    {
        var result = s_layer.Ioctl(descriptor, request, out var answer);
        if (result == Result.Success && value is not null)
            *value = answer;
        return result;
    }

    [UnmanagedCallersOnly]
    private static long Close(int descriptor) => s_layer.Close(descriptor);

    [UnmanagedCallersOnly]
    private static long Shutdown(int descriptor, int how) => s_layer.Shutdown(descriptor, how);

    [UnmanagedCallersOnly]
    private static long GetOption(int descriptor, int level, int option, byte* value, int* length)
    {
        var result = s_layer.GetOption(descriptor, level, option, Out(value, *length), out var written);
        if (result == Result.Success)
            *length = written;
        return result;
    }

    [UnmanagedCallersOnly]
    private static long SetOption(int descriptor, int level, int option, byte* value, int length) =>
        s_layer.SetOption(descriptor, level, option, In(value, length));

    [UnmanagedCallersOnly]
    private static long Poll(PollRecord* records, int count, int timeout)
    {
        var entries = new PollEntry[count];
        for (var i = 0; i < count; i++)
        {
            entries[i] = new PollEntry(
                records[i].Descriptor, (PollEvents)unchecked((ushort)records[i].Events), PollEvents.None);
        }

        var result = s_layer.Poll(entries, timeout);
        for (var i = 0; i < count; i++)
            records[i].Returned = unchecked((short)entries[i].Returned);
        return result;
    }

    [UnmanagedCallersOnly]
    private static long EpollCreate(int size, int descriptor) => s_layer.EpollCreate(size, descriptor);

    [UnmanagedCallersOnly]
    private static long EpollControl(int descriptor, int operation, int target, uint events, ulong data) =>
        s_layer.EpollControl(descriptor, operation, target, (PollEvents)events, data);

    [UnmanagedCallersOnly]
    private static long EpollWait(int descriptor, uint* events, ulong* data, int max, int timeout)
    {
        var ready = new (PollEvents Events, ulong Data)[Math.Max(max, 0)];
        var count = s_layer.EpollWait(descriptor, ready, timeout);
        for (var i = 0; i < count; i++)
            (events[i], data[i]) = ((uint)ready[i].Events, ready[i].Data);
        return count;
    }

    private static ReadOnlySpan<byte> In(byte* octets, int length) =>
        octets is null ? default : new ReadOnlySpan<byte>(octets, Math.Max(length, 0));

    private static Span<byte> Out(byte* octets, int length) =>
        octets is null ? default : new Span<byte>(octets, Math.Max(length, 0));
}
