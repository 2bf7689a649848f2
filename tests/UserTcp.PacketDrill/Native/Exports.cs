using System.Runtime.InteropServices;
using System.Text;
using UserTcp.Engine.Contract;
using UserTcp.PacketDrill.Settings;
using UserTcp.PacketDrill.Sockets;
using UserTcp.PacketDrill.World;

namespace UserTcp.PacketDrill.Native;

/// <summary>
/// The entry points of the shim, one call at a time. No exception may escape: it would end the process before
/// packetdrill's message.
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

    /// <summary>Makes a new stack with the given flags; -1 when they are invalid.</summary>
    [UnmanagedCallersOnly]
    private static int Reset(byte* flags)
    {
        try
        {
            s_world = new VirtualWorld(StackSettings.Parse(StringOf(flags)));
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
    private static int Command(byte* line)
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

        return new Commands(s_world.Settings, Console.Error, Read).Run(StringOf(line));
    }

    [UnmanagedCallersOnly]
    private static int Owns(int descriptor) => s_layer.Owns(descriptor) ? 1 : 0;

    /// <summary>Advances the clock and returns the time in microseconds.</summary>
    [UnmanagedCallersOnly]
    private static long Now(long advance)
    {
        s_world.MoveTo(s_world.Now + TimeSpan.FromMicroseconds(advance));
        return MicrosecondsOf(s_world.Now);
    }

    /// <summary>Moves the clock to the next timer, up to the limit; 0 when there is none before it.</summary>
    [UnmanagedCallersOnly]
    private static int Step(long limit) => s_world.Step(TimeOf(limit)) ? 1 : 0;

    [UnmanagedCallersOnly]
    private static int NetSend(byte* frame, nint length)
    {
        s_world.Receive(new ReadOnlySpan<byte>(frame, (int)length));
        return 0;
    }

    /// <summary>The length and time of the next sent frame; 0 when there is none.</summary>
    [UnmanagedCallersOnly]
    private static long NetReceive(byte* buffer, nint capacity, long* time)
    {
        if (!s_world.TryDequeueFrame(out var frame))
            return 0;
        var length = Math.Min(frame.Octets.Length, (int)capacity);
        frame.Octets.AsSpan(0, length).CopyTo(new Span<byte>(buffer, length));
        *time = MicrosecondsOf(frame.Time);
        return length;
    }

    private static string StringOf(byte* value) =>
        value is null ? "" : Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(value));
}
