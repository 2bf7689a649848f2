using UserTcp.Engine.Contract;
using UserTcp.Engine.State;
using UserTcp.Wire;

namespace UserTcp.Engine.Input;

/// <summary>
/// The user timeout option (RFC 5482). ENABLED is that the user has set ADV_UTO (<see cref="ConnectionOptions.AdvertisedUserTimeout"/>),
/// CHANGEABLE that it has not set USER_TIMEOUT itself.
/// </summary>
internal static class UserTimeoutArrives
{
    /// <summary>Takes note of REMOTE_UTO, if it is there and wanted.</summary>
    public static void Handle(Tcb tcb, in TcpSegment segment)
    {
        if (tcb.Options.AdvertisedUserTimeout is not null && segment.Options.UserTimeout is { } value && UserTimeoutOption.Decode(value) is { } timeout)
            tcb.RemoteUserTimeout = timeout;
    }

    /// <summary>USER_TIMEOUT = min(U_LIMIT, max(ADV_UTO, REMOTE_UTO, L_LIMIT)) (section 3.1), once the peer has told its own.</summary>
    public static TimeSpan Of(Tcb tcb, EngineOptions options)
    {
        if (tcb.RemoteUserTimeout is not { } remote || tcb.Options.AdvertisedUserTimeout is not { } own)
            return options.UserTimeout;
        var longer = Math.Max(Math.Max(own.Ticks, remote.Ticks), options.MinUserTimeout.Ticks);
        return TimeSpan.FromTicks(Math.Min(longer, options.MaxUserTimeout.Ticks));
    }
}
