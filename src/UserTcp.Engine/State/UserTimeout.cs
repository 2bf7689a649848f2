using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Engine.State;

/// <summary>
/// The user timeout of a connection (RFC 5482). ENABLED: the application has set ADV_UTO
/// (<see cref="ConnectionOptions.AdvertisedUserTimeout"/>). CHANGEABLE: it has not set USER_TIMEOUT itself
/// (<see cref="ConnectionOptions.UserTimeout"/>).
/// </summary>
internal static class UserTimeout
{
    /// <summary>Records REMOTE_UTO when ENABLED and the segment has the option.</summary>
    public static void Record(Tcb tcb, in TcpOptions options)
    {
        if (tcb.Options.AdvertisedUserTimeout is not null && options.UserTimeout is { } value
            && UserTimeoutOption.Decode(value) is { } timeout)
        {
            tcb.RemoteUserTimeout = timeout;
        }
    }

    /// <summary>
    /// USER_TIMEOUT = min(U_LIMIT, max(ADV_UTO, REMOTE_UTO, L_LIMIT)) (section 3.1). Before the peer has sent
    /// REMOTE_UTO it is <see cref="EngineOptions.UserTimeout"/>.
    /// </summary>
    public static TimeSpan Of(Tcb tcb, EngineOptions options)
    {
        if (tcb.RemoteUserTimeout is not { } remote || tcb.Options.AdvertisedUserTimeout is not { } own)
            return options.UserTimeout;
        var longer = Math.Max(Math.Max(own.Ticks, remote.Ticks), options.MinUserTimeout.Ticks);
        return TimeSpan.FromTicks(Math.Min(longer, options.MaxUserTimeout.Ticks));
    }
}
