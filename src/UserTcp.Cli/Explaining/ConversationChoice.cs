using System.Globalization;
using System.Net;
using UserTcp.Capture.Inference;
using UserTcp.Cli.Filters;
using UserTcp.Wire;

namespace UserTcp.Cli.Explaining;

/// <summary>Which conversations of a capture are explained, and which of their ends is us.</summary>
/// <param name="connection">A number, or an address with a port; null for all.</param>
/// <param name="side">A, B or an address; null for B.</param>
/// <param name="filters">Filters, each of which a conversation has to match.</param>
internal sealed class ConversationChoice(string? connection, string? side, IReadOnlyList<string> filters)
{
    private readonly FilterList _filters = FilterList.Parse(filters, out _)!;

    public static bool IsSide(string text) => text is "A" or "B" || IPAddress.TryParse(text, out _);

    public static bool IsConnection(string text) => NumberOf(text) is not null || EndPointOf(text) is not null;

    /// <summary>False when the number or the address excludes the conversation.</summary>
    public bool MayInclude(int number, in FourTuple ends)
    {
        if (connection is null)
            return true;
        if (NumberOf(connection) is { } wantedNumber)
            return number == wantedNumber;
        var wanted = EndPointOf(connection)!;
        var (address, port) = (IpAddress.From(wanted.Address), new Port((ushort)wanted.Port));
        return (ends.LocalAddress == address && ends.LocalPort == port)
            || (ends.RemoteAddress == address && ends.RemotePort == port);
    }

    /// <summary>
    /// The end that is us: the one that did not open the connection, unless the choice is another. The opener is the
    /// local side of the ends.
    /// </summary>
    public ConversationEnd SideOf(in FourTuple ends) => side switch
    {
        "A" => ConversationEnd.Opener,
        null or "B" => ConversationEnd.Acceptor,
        var address => IpAddress.From(IPAddress.Parse(address)) == ends.LocalAddress
            ? ConversationEnd.Opener
            : ConversationEnd.Acceptor,
    };

    /// <summary>
    /// True when the stack that has recorded a connection may be us: the events of the other end can only be inferred.
    /// </summary>
    public bool Allows(in FourTuple tuple, bool isOpener) => side switch
    {
        null => true,
        "A" => isOpener,
        "B" => !isOpener,
        var address => IpAddress.From(IPAddress.Parse(address)) == tuple.LocalAddress,
    };

    public bool Includes(ExplainedConversation conversation)
    {
        var tuple = conversation.Tuple;
        return _filters.Matches(new SocketAddresses(
            conversation.State, tuple.LocalAddress, tuple.LocalPort.Value, tuple.RemoteAddress,
            tuple.RemotePort.Value));
    }

    private static int? NumberOf(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
            ? number
            : null;

    private static IPEndPoint? EndPointOf(string text) =>
        IPEndPoint.TryParse(text, out var endPoint) && endPoint.Port > 0 ? endPoint : null;
}
