using UserTcp.Engine.Contract;
using UserTcp.Engine.State;

namespace UserTcp.Engine.Calls;

/// <summary>Changes the options of a live connection (RFC 9293 section 3.9.1).</summary>
internal static class OptionsCall
{
    public static void Set(Tcb tcb, ConnectionOptions options)
    {
        if (!tcb.IsLive)
            return;
        var before = tcb.Options;
        tcb.Options = options;
        if (before.KeepAlive != options.KeepAlive || before.KeepAliveTime != options.KeepAliveTime)
            KeepAlive.Schedule(tcb);
        if (before.AdvertisedUserTimeout != options.AdvertisedUserTimeout && options.AdvertisedUserTimeout is not null
            && tcb.IsSynchronized)
        {
            tcb.UserTimeoutDue = true;
            if (tcb.Pending.Ack == SegmentReason.None)
                tcb.Pending.Ack = SegmentReason.UserTimeout;
        }
    }
}
