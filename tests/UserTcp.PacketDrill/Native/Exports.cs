using System.Runtime.InteropServices;
using System.Text;
using UserTcp.Engine.Contract;
using UserTcp.PacketDrill.Settings;
using UserTcp.PacketDrill.Sockets;
using UserTcp.PacketDrill.World;

namespace UserTcp.PacketDrill.Native;

/// <summary>
/// What the shim calls. It makes one call at a time. An exception must not leave: the process would be gone with packetdrill's
/// message unsaid.
/// </summary>
internal static unsafe partial class Exports
{
    private static VirtualWorld s_world = new(new StackSettings());
    private static SocketLayer s_layer = new(s_world);

    /// <summary>Fills the table; returns its size, for the shim to compare.</summary>
    [UnmanagedCallersOnly]
    public static int Fill(ManagedCalls* calls)
    {
        calls->Reset = &Reset;
        calls->Command = &Command;
        calls->Owns = &Owns;
        calls->Now = &Now;
        calls->Step = &Step;
        calls->NetSend = &NetSend;
        calls->NetReceive = &NetReceive;
        FillSocketCalls(calls);
        return sizeof(ManagedCalls);
    }

    private static MonotonicTime TimeOf(long microseconds) =>
        microseconds < 0 ? MonotonicTime.Never : new MonotonicTime(microseconds * TimeSpan.TicksPerMicrosecond);

    private static long MicrosecondsOf(MonotonicTime time) => time.Ticks / TimeSpan.TicksPerMicrosecond;

    /// <summary>A new stack, made by the flags given. -1 when they make no sense.</summary>
    [UnmanagedCallersOnly]
    private static int Reset(byte* flags)
    {
        try
        {
            s_world = new VirtualWorld(StackSettings.Parse(Text(flags)));
            s_layer = new SocketLayer(s_world);
            return 0;
        }
        catch (FormatException error)
        {
            Console.Error.WriteLine(error.Message);
            return -1;
        }
    }

    [UnmanagedCallersOnly]
    private static int Command(byte* text)
    {
        static string? Read(string path)
        {
            try
            {
                return File.ReadAllText(path);
            }
            catch (IOException)
            {
                return null;
            }
        }

        return new Commands(s_world.Settings, Console.Error, Read).Run(Text(text));
    }

    [UnmanagedCallersOnly]
    private static int Owns(int descriptor) => s_layer.Owns(descriptor) ? 1 : 0;

    /// <summary>The time in microseconds, after it has gone on by some.</summary>
    [UnmanagedCallersOnly]
    private static long Now(long advance)
    {
        s_world.MoveTo(s_world.Now + TimeSpan.FromMicroseconds(advance));
        return MicrosecondsOf(s_world.Now);
    }

    /// <summary>Moves the clock to what happens next, at most to the limit; 0 when there is nothing more before that.</summary>
    [UnmanagedCallersOnly]
    private static int Step(long limit) => s_world.Step(TimeOf(limit)) ? 1 : 0;

    [UnmanagedCallersOnly]
    private static int NetSend(byte* frame, nint length)
    {
        s_world.Receive(new ReadOnlySpan<byte>(frame, (int)length));
        return 0;
    }

    /// <summary>The length of the next frame that left, and when it did; 0 when there is none.</summary>
    [UnmanagedCallersOnly]
    private static long NetReceive(byte* buffer, nint capacity, long* time)
    {
        if (!s_world.TryTakeFrame(out var frame))
            return 0;
        var length = Math.Min(frame.Octets.Length, (int)capacity);
        frame.Octets.AsSpan(0, length).CopyTo(new Span<byte>(buffer, length));
        *time = MicrosecondsOf(frame.Time);
        return length;
    }

    private static string Text(byte* text) =>
        text is null ? "" : Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(text));
}
