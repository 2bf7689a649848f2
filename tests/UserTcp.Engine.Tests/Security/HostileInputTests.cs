using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;

namespace UserTcp.Engine.Tests.Security;

/// <summary>
/// Hostile frames in every state cause no exception, no endless loop, no unbounded memory and no leaked block.
/// </summary>
public class HostileInputTests
{
    private const int Rounds = 10;
    private const int FramesPerRound = 600;

    private static readonly EngineOptions Small = new()
    {
        ReceiveBufferSize = 16_384,
        MaxConnections = 40,
        MaxHalfOpen = 10,
        Backlog = 10,
        MaxTimeWait = 20,
        MaxPendingReplies = 30,
        MaxOutOfOrderRanges = 8,
    };

    public static TheoryData<TcpState, string> States
    {
        get
        {
            var data = new TheoryData<TcpState, string>();
            foreach (var state in Enum.GetValues<TcpState>().Except([TcpState.Closed, TcpState.Listen]))
            {
                data.Add(state, "4");
                data.Add(state, "6");
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(States))]
    [Trait("RFC9293", "MUST-7")]
    [Trait("SynCookies", "never")]
    public void Hostile_frames_do_no_harm_in_any_state(TcpState state, string family)
    {
        for (var round = 0; round < Rounds; round++)
        {
            var s = new Script(
                Small, family: family, iss: Isn.BeforeWrap - (uint)round, irs: Isn.BeforeHalf - (uint)round);
            Reached.In(s, state);
            var frames = new HostileFrames(s, ((int)state * 100) + round);
            for (var i = 0; i < FramesPerRound; i++)
                Step(s, frames);
            AssertLimits(s);
            AssertAllReleased(s);
        }
    }

    /// <summary>Injects a frame; at random the application reads, writes, accepts or closes, or time passes.</summary>
    private static void Step(Script s, HostileFrames frames)
    {
        s.InjectFrame(frames.Next());
        switch (frames.Next(40))
        {
            case 0:
                s.PassMilliseconds(frames.Next(3000));
                break;
            case 1 when s.Connection is { } connection:
                s.Host.ReadAll(connection, s.Now);
                break;
            case 2 when s.Connection is not null:
                s.Send(new byte[frames.Next(3000)]);
                break;
            case 3 when s.Listener is not null && s.Engine.TryAccept(s.Listener, out var accepted):
                s.Engine.Abort(accepted!, s.Now);
                s.Host.ReadAll(accepted!, s.Now);
                break;
        }

        // One batch of input causes a bounded output.
        Assert.InRange(s.Drain(), 0, 100);
        s.Host.Observations.Clear();
        s.Host.Events.Clear();
    }

    private static void AssertLimits(Script s)
    {
        Assert.InRange(s.Engine.ConnectionCount, 0, Small.MaxConnections);
        Assert.InRange(s.Engine.TimeWaitCount, 0, Small.MaxTimeWait);
        if (s.Listener is { } listener)
        {
            Assert.InRange(listener.HalfOpen, 0, Small.MaxHalfOpen);
            Assert.InRange(listener.Accepted.Count, 0, Small.Backlog);
        }

        foreach (var connection in s.Engine.GetSnapshots(s.Now).Where(c => c.State > TcpState.Listen))
            Assert.InRange(connection.ReceiveQueue, 0, Small.ReceiveBufferSize + (1 << 14));
    }

    private static void AssertAllReleased(Script s)
    {
        if (s.Listener is { } listener)
            s.Engine.CloseListener(listener, s.Now);
        if (s.Connection is { } connection)
        {
            s.Abort();
            s.Host.ReadAll(connection, s.Now);
        }

        s.Drain();
        s.Pass(TimeSpan.FromMinutes(10));
        s.Drain();
        s.AssertNothingLeft();
    }
}
