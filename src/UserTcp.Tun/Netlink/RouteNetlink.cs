using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using static Tmds.Linux.LibC;
using static UserTcp.Tun.LibCAdditions;

namespace UserTcp.Tun.Netlink;

/// <summary>
/// Reads and changes links and addresses (rtnetlink(7)) in the network namespace of the thread that created it. Each
/// call returns an errno, 0 for success.
/// </summary>
internal sealed class RouteNetlink : IDisposable
{
    private const ushort NewLink = 16;
    private const ushort GetLinkType = 18;
    private const ushort NewAddress = 20;
    private const ushort GetAddress = 22;
    private const ushort NewRoute = 24;
    private const ushort GetRoute = 26;

    private const int Acknowledge = 0x004;
    private const int Dump = 0x300;
    private const int Exclusive = 0x200;
    private const int Create = 0x400;

    private const int LinkPartLength = 16;
    private const ushort LinkName = 3;
    private const ushort LinkMtu = 4;
    private const ushort LinkQueueLength = 13;
    private const ushort LinkCarrier = 33;

    private const int AddressPartLength = 8;
    private const ushort AddressPeer = 1;
    private const ushort AddressLocal = 2;
    private const ushort AddressFlags = 8;

    private const int RouteTypeOffset = 7;
    private const byte LocalRoute = 2;
    private const ushort RouteDestination = 1;

    /// <summary>
    /// No duplicate address detection (RFC 4862 section 5.4): the link has no other host, and the address works at
    /// once.
    /// </summary>
    private const int NoDuplicateDetection = 0x02;

    private readonly NetlinkSocket _socket = new(NetlinkSocket.Route);

    /// <summary>Reads the state of an interface by its name.</summary>
    public int GetLink(string name, out LinkState link)
    {
        link = default;
        var message = new NetlinkMessage(stackalloc byte[NetlinkMessage.MaxLength], GetLinkType, Acknowledge);
        AddLinkPart(ref message, index: 0, isUp: false);
        message.AddAttribute(LinkName, Encoding.ASCII.GetBytes(name + '\0'));
        var error = _socket.Exchange(message, out var answers);
        if (error != 0)
            return error;
        var answer = answers.Find(a => a.Type == NewLink);
        link = new LinkState(
            Index: answer.Field<int>(4),
            IsUp: (answer.Field<int>(8) & IFF_UP) != 0,
            HasCarrier: answer.Attribute(LinkPartLength, LinkCarrier) is [not 0, ..],
            Mtu: MemoryMarshal.Read<int>(answer.Attribute(LinkPartLength, LinkMtu)),
            QueueLength: MemoryMarshal.Read<int>(answer.Attribute(LinkPartLength, LinkQueueLength)));
        return 0;
    }

    /// <summary>Sets an interface up.</summary>
    public int SetUp(int index)
    {
        var message = new NetlinkMessage(stackalloc byte[NetlinkMessage.MaxLength], NewLink, Acknowledge);
        AddLinkPart(ref message, index, isUp: true);
        return _socket.Exchange(message, out _);
    }

    /// <summary>Sets an interface's MTU.</summary>
    public int SetMtu(int index, int mtu) => SetLink(index, LinkMtu, mtu);

    /// <summary>Sets the max frames in the queue of an interface.</summary>
    public int SetQueueLength(int index, int frames) => SetLink(index, LinkQueueLength, frames);

    /// <summary>True when an interface has the address with the same prefix length.</summary>
    public int HasAddress(int index, TunAddress address, out bool isThere)
    {
        var message = new NetlinkMessage(stackalloc byte[NetlinkMessage.MaxLength], GetAddress, Dump);
        AddAddressPart(ref message, FamilyOf(address), prefixLength: 0, index: 0);
        var error = _socket.Exchange(message, out var answers);
        var octets = address.Address.GetAddressBytes();
        isThere = answers.Exists(answer =>
            answer.Type == NewAddress && answer.Field<byte>(1) == address.PrefixLength
            && answer.Field<int>(4) == index
            && OwnAddress(answer).SequenceEqual(octets));
        return error;
    }

    /// <summary>True when the kernel delivers packets for an address to the host itself.</summary>
    public int IsLocal(TunAddress address, out bool isLocal)
    {
        var octets = address.Address.GetAddressBytes();
        var message = new NetlinkMessage(stackalloc byte[NetlinkMessage.MaxLength], GetRoute, Acknowledge);
        AddRoutePart(ref message, FamilyOf(address), (byte)(octets.Length * 8));
        message.AddAttribute(RouteDestination, octets);
        var error = _socket.Exchange(message, out var answers);
        isLocal = answers.Exists(answer =>
            answer.Type == NewRoute && answer.Field<byte>(RouteTypeOffset) == LocalRoute);
        // An address without a route is not local either.
        return error == ENETUNREACH || error == EHOSTUNREACH ? 0 : error;
    }

    /// <summary>Adds an address. The kernel may need a moment until it is <see cref="IsLocal"/>.</summary>
    public int AddAddress(int index, TunAddress address)
    {
        var message = new NetlinkMessage(
            stackalloc byte[NetlinkMessage.MaxLength], NewAddress, Acknowledge | Create | Exclusive);
        AddAddressPart(ref message, FamilyOf(address), (byte)address.PrefixLength, index);
        var octets = address.Address.GetAddressBytes();
        message.AddAttribute(AddressLocal, octets);
        message.AddAttribute(AddressPeer, octets);
        message.AddAttribute(AddressFlags, NoDuplicateDetection);
        return _socket.Exchange(message, out _);
    }

    public void Dispose() => _socket.Dispose();

    private int SetLink(int index, ushort attribute, int value)
    {
        var message = new NetlinkMessage(stackalloc byte[NetlinkMessage.MaxLength], NewLink, Acknowledge);
        AddLinkPart(ref message, index, isUp: false);
        message.AddAttribute(attribute, value);
        return _socket.Exchange(message, out _);
    }

    private static byte FamilyOf(TunAddress address) =>
        (byte)(address.Address.AddressFamily == AddressFamily.InterNetwork ? AF_INET : AF_INET6);

    /// <summary>The address of the local end. Without a peer, IPv6 has only IFA_ADDRESS.</summary>
    private static ReadOnlySpan<byte> OwnAddress(NetlinkAnswer answer)
    {
        var local = answer.Attribute(AddressPartLength, AddressLocal);
        return local.IsEmpty ? answer.Attribute(AddressPartLength, AddressPeer) : local;
    }

    /// <summary>ifinfomsg: family, padding, device type, index, flags, and which of them to change.</summary>
    private static void AddLinkPart(ref NetlinkMessage message, int index, bool isUp)
    {
        var flags = isUp ? IFF_UP : 0;
        message.Add(0);
        message.Add(index);
        message.Add(flags);
        message.Add(flags);
    }

    /// <summary>
    /// rtmsg: family, lengths of destination and source, type of service, table, protocol, scope, type, flags.
    /// </summary>
    private static void AddRoutePart(ref NetlinkMessage message, byte family, byte destinationLength)
    {
        message.Add(family);
        message.Add(destinationLength);
        message.Add<ushort>(0);
        message.Add(0L);
    }

    /// <summary>ifaddrmsg: family, prefix length, flags, scope, index.</summary>
    private static void AddAddressPart(ref NetlinkMessage message, byte family, byte prefixLength, int index)
    {
        message.Add(family);
        message.Add(prefixLength);
        message.Add<ushort>(0);
        message.Add(index);
    }
}
