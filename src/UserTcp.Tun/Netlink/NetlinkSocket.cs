using System.Runtime.InteropServices;
using static Tmds.Linux.LibC;

namespace UserTcp.Tun.Netlink;

/// <summary>
/// A netlink socket: sends a request, and reads answers until the kernel acknowledges it (netlink(7)).
/// </summary>
internal sealed unsafe class NetlinkSocket : IDisposable
{
    /// <summary>The protocol of rtnetlink(7).</summary>
    public const int Route = 0;

    /// <summary>The protocol of sock_diag(7).</summary>
    public const int SocketDiagnosis = 4;

    private const ushort ErrorType = 2;
    private const ushort DoneType = 3;

    /// <summary>
    /// The length of the read buffer. The kernel sends no longer datagram to a reader with such a buffer.
    /// </summary>
    private const int BufferLength = 32 * 1024;

    private readonly SafeDescriptor _socket;
    private readonly byte[] _buffer = new byte[BufferLength];
    private uint _sequence;

    /// <summary>A socket in the calling thread's network namespace.</summary>
    public NetlinkSocket(int protocol)
    {
        _socket = new SafeDescriptor(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol));
        if (_socket.IsInvalid)
            throw TunException.Unexpected("A netlink socket cannot be made", errno);
    }

    /// <summary>
    /// Sends a request that asks for an acknowledgment or a dump. Returns the kernel's errno, 0 for success.
    /// </summary>
    public int Exchange(scoped in NetlinkMessage request, out List<NetlinkAnswer> answers)
    {
        answers = [];
        var error = Send(request.Finish(++_sequence));
        var isDone = false;
        while (error == 0 && !isDone)
        {
            error = Receive(out var datagram);
            if (error == 0)
                isDone = Take(datagram, answers, out error);
        }

        return error;
    }

    public void Dispose() => _socket.Dispose();

    private int Send(ReadOnlySpan<byte> request)
    {
        using var socket = _socket.Keep();
        fixed (byte* start = request)
        {
            while (send(socket.Number, start, request.Length, 0) < 0)
            {
                var error = errno;
                if (error != EINTR)
                    return error;
            }
        }

        return 0;
    }

    private int Receive(out ReadOnlySpan<byte> datagram)
    {
        datagram = default;
        using var socket = _socket.Keep();
        fixed (byte* start = _buffer)
        {
            long count;
            while ((count = recv(socket.Number, start, BufferLength, MSG_TRUNC)) < 0)
            {
                var error = errno;
                if (error != EINTR)
                    return error;
            }

            if (count > BufferLength)
                return EMSGSIZE;
            datagram = _buffer.AsSpan(0, (int)count);
            return 0;
        }
    }

    /// <summary>Handles the messages of a datagram; true after the last one for this request.</summary>
    private bool Take(ReadOnlySpan<byte> datagram, List<NetlinkAnswer> answers, out int error)
    {
        while (datagram.Length >= NetlinkMessage.HeaderLength)
        {
            var length = MemoryMarshal.Read<int>(datagram);
            var type = MemoryMarshal.Read<ushort>(datagram[4..]);
            var body = datagram[NetlinkMessage.HeaderLength..length];
            if (MemoryMarshal.Read<uint>(datagram[8..]) == _sequence)
            {
                if (type is ErrorType or DoneType)
                {
                    // Both start with an errno, negated.
                    error = -MemoryMarshal.Read<int>(body);
                    return true;
                }

                answers.Add(new NetlinkAnswer(type, body.ToArray()));
            }

            datagram = datagram[Math.Min(datagram.Length, NetlinkMessage.Align(length))..];
        }

        error = 0;
        return false;
    }
}
