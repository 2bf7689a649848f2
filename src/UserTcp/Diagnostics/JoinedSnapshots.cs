using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Diagnostics;

/// <summary>Joins the connection tables of several engines into the table of their host.</summary>
internal static class JoinedSnapshots
{
    /// <summary>The joined table. Every engine has a part of each listener; here each listener appears once.</summary>
    public static IReadOnlyList<ConnectionSnapshot> Join(IReadOnlyList<ConnectionSnapshot>[] tables)
    {
        if (tables.Length == 1)
            return tables[0];
        var listeners = new Dictionary<FourTuple, ConnectionSnapshot>();
        var connections = new List<ConnectionSnapshot>();
        foreach (var snapshot in tables.SelectMany(table => table))
        {
            if (snapshot.State != TcpState.Listen)
            {
                connections.Add(snapshot);
            }
            else
            {
                listeners[snapshot.Tuple] = listeners.TryGetValue(snapshot.Tuple, out var known)
                    ? Join(known, snapshot)
                    : snapshot;
            }
        }

        return [.. listeners.Values, .. connections];
    }

    private static ConnectionSnapshot Join(ConnectionSnapshot one, ConnectionSnapshot other) => one with
    {
        ReceiveQueue = one.ReceiveQueue + other.ReceiveQueue,
        SendQueue = one.SendQueue + other.SendQueue,
    };
}
