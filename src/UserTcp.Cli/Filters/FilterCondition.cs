using UserTcp.Wire;

namespace UserTcp.Cli.Filters;

/// <summary>A condition on the addresses and ports of a connection.</summary>
internal abstract record FilterCondition
{
    public static readonly FilterCondition Always = new All([]);

    public abstract bool Matches(in SocketAddresses socket);

    /// <summary>All of several conditions.</summary>
    public sealed record All(IReadOnlyList<FilterCondition> Conditions) : FilterCondition
    {
        public override bool Matches(in SocketAddresses socket)
        {
            foreach (var condition in Conditions)
            {
                if (!condition.Matches(socket))
                    return false;
            }

            return true;
        }
    }

    /// <summary>One or more of several conditions.</summary>
    public sealed record Any(IReadOnlyList<FilterCondition> Conditions) : FilterCondition
    {
        public override bool Matches(in SocketAddresses socket)
        {
            foreach (var condition in Conditions)
            {
                if (condition.Matches(socket))
                    return true;
            }

            return false;
        }
    }

    /// <summary>The opposite of a condition.</summary>
    public sealed record Not(FilterCondition Condition) : FilterCondition
    {
        public override bool Matches(in SocketAddresses socket) => !Condition.Matches(socket);
    }

    /// <summary>A port in a range, both ends included. An empty range matches no port.</summary>
    public sealed record PortIn(bool OfPeer, int First, int Last) : FilterCondition
    {
        public override bool Matches(in SocketAddresses socket)
        {
            var port = OfPeer ? socket.PeerPort : socket.LocalPort;
            return port >= First && port <= Last;
        }
    }

    /// <summary>An address with a prefix.</summary>
    public sealed record AddressIn(bool OfPeer, IpAddress Network, int PrefixLength) : FilterCondition
    {
        public override bool Matches(in SocketAddresses socket)
        {
            var address = OfPeer ? socket.Peer : socket.Local;
            if (address.IsIPv4 != Network.IsIPv4)
                return false;
            var (high, low) = Mask(Network.IsIPv4 ? PrefixLength + MappedBits : PrefixLength);
            return ((address.High ^ Network.High) & high) == 0 && ((address.Low ^ Network.Low) & low) == 0;
        }

        /// <summary>Bits before an IPv4 address that is mapped into IPv6.</summary>
        private const int MappedBits = 96;

        private static (ulong High, ulong Low) Mask(int bits) => (Leading(bits), Leading(bits - 64));

        private static ulong Leading(int bits) =>
            bits <= 0 ? 0 : bits >= 64 ? ulong.MaxValue : ulong.MaxValue << (64 - bits);
    }
}
