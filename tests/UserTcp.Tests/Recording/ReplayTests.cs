using UserTcp.Engine.Contract;
using UserTcp.Tests.Recording.Kit;
using Xunit;

namespace UserTcp.Tests.Recording;

/// <summary>A recorded run and its replay are equal in every event and every frame.</summary>
public sealed class ReplayTests
{
    private const int ClientPort = 40_000;

    [Fact]
    public void Runs_over_bad_links_replay_equal()
    {
        var losses = 0;
        for (var seed = 1; seed <= 100; seed++)
        {
            var pair = RunSeed(seed);
            pair.ClientRecord.AssertReplayIsEqual();
            pair.ServerRecord.AssertReplayIsEqual();
            losses += pair.ClientRecord.Events.Count(one => one.Kind == TraceEventKind.Link);
        }

        Assert.True(losses > 300, $"{losses} verdicts of the link");
    }

    [Fact]
    public void Datagrams_and_their_errors_replay_equal()
    {
        for (var seed = 1; seed <= 20; seed++)
        {
            var options = new DrivenOptions
            {
                Impair = FormattableString.Invariant($"loss={seed % 5}%,delay=2ms,jitter=1ms,dup=1%,seed={seed}"),
                Engine = () => new EngineOptions { MaxQueuedDatagrams = 20, MaxConnectionFaults = 0 },
            };
            var pair = DrivenPair.Run(options, pair => Conversations.ExchangeDatagramsAsync(pair, seed));
            pair.ClientRecord.AssertReplayIsEqual();
            pair.ServerRecord.AssertReplayIsEqual();
        }
    }

    private static DrivenPair RunSeed(int seed)
    {
        var boundary = seed % 2 == 0 ? 0u : 0x8000_0000u;
        var options = new DrivenOptions
        {
            Impair = FormattableString.Invariant(
                $"loss={seed % 5}%,delay={1 + (seed % 7)}ms,jitter={seed % 3}ms,reorder={seed % 4}%,dup=1%")
                + $",seed={seed}",
            Keys = DrivenPair.KeysNear(boundary, (ulong)seed, ClientPort),
            Link = new LinkProperties(LinkProperties.DefaultMtu, ChecksumOffload: seed % 3 == 0),
            Engine = () => new EngineOptions
            {
                MaxSegmentLifetime = TimeSpan.FromMilliseconds(50),
                MaxConnectionFaults = 0,
                ParkAfter = TimeSpan.FromMilliseconds(20),
                CongestionControl = (CongestionAlgorithm)(seed % 3),
                Timestamps = seed % 4 != 0,
                Sack = seed % 5 != 0,
            },
        };
        return DrivenPair.Run(options, pair => Conversations.RunAsync(pair, seed, ClientPort));
    }
}
