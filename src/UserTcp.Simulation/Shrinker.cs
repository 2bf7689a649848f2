using System.Diagnostics;
using UserTcp.Impairment;

namespace UserTcp.Simulation;

/// <summary>
/// Reduces a failing scenario: fewer faults, connections, bytes and features still break the same invariant.
/// </summary>
public static class Shrinker
{
    /// <summary>Shrinks a scenario that breaks an invariant, within <paramref name="budget"/>.</summary>
    /// <returns>
    /// The smallest scenario found that breaks the same invariant, with its faults listed one by one.
    /// </returns>
    public static Scenario Shrink(Scenario failing, TimeSpan budget) =>
        Shrink(failing, budget, new SimulationOptions());

    internal static Scenario Shrink(Scenario failing, TimeSpan budget, SimulationOptions options)
    {
        ArgumentNullException.ThrowIfNull(failing);
        return new Search(failing, budget, options).Run();
    }

    private sealed class Search
    {
        private readonly SimulationOptions _options;
        private readonly long _deadline;
        private readonly string? _invariant;
        private Scenario _best;

        public Search(Scenario failing, TimeSpan budget, SimulationOptions options)
        {
            _options = new SimulationOptions
            {
                RecordsFaults = true,
                Sabotage = options.Sabotage,
                TamperFrame = options.TamperFrame,
                TamperData = options.TamperData,
            };
            _deadline = Stopwatch.GetTimestamp() + (long)(budget.TotalSeconds * Stopwatch.Frequency);
            var report = Simulator.Run(failing, _options);
            _invariant = report.Violation?.Invariant;
            _best = failing with { Faults = failing.Faults ?? report.Faults };
            if (_invariant is not null && !Fails(_best))
                _best = failing;
        }

        public Scenario Run()
        {
            if (_invariant is null)
                return _best;
            for (var before = default(Scenario); !Equals(before, _best) && !IsOver;)
            {
                before = _best;
                Reduce(s => s.Connections, (s, list) => s with { Connections = list });
                Reduce(s => s.Incidents, (s, list) => s with { Incidents = list });
                Reduce(s => s.Faults ?? [], (s, list) => _best.Faults is null ? s : s with { Faults = list });
                ShrinkConnections();
                Simplify();
            }

            return _best;
        }

        private bool IsOver => Stopwatch.GetTimestamp() > _deadline;

        private bool Fails(Scenario scenario) => Simulator.Run(scenario, _options).Violation?.Invariant == _invariant;

        private bool Try(Scenario candidate)
        {
            if (IsOver || Equals(candidate, _best) || !Fails(candidate))
                return false;
            _best = candidate;
            return true;
        }

        /// <summary>
        /// Delta debugging (Zeller and Hildebrandt, 2002): removes halves, quarters and so on, down to single items.
        /// </summary>
        private void Reduce<T>(Func<Scenario, IReadOnlyList<T>> get, Func<Scenario, IReadOnlyList<T>, Scenario> set)
        {
            for (var chunk = get(_best).Count; chunk > 0 && !IsOver; chunk /= 2)
            {
                for (var at = 0; at < get(_best).Count && !IsOver;)
                {
                    var list = get(_best).ToList();
                    list.RemoveRange(at, Math.Min(chunk, list.Count - at));
                    if (!Try(set(_best, list)))
                        at += chunk;
                }
            }
        }

        private void ShrinkConnections()
        {
            for (var i = 0; i < _best.Connections.Count; i++)
            {
                Change(i, plan => plan with { Start = TimeSpan.Zero });
                Change(i, plan => plan with { ClientPort = 0 });
                ShrinkEnd(i, plan => plan.Client, (plan, end) => plan with { Client = end });
                ShrinkEnd(i, plan => plan.Server, (plan, end) => plan with { Server = end });
            }
        }

        private void ShrinkEnd(
            int index, Func<ConnectionPlan, EndPlan> get, Func<ConnectionPlan, EndPlan, ConnectionPlan> set)
        {
            var plain = new EndPlan();
            Change(index, plan => set(plan, get(plan) with { Octets = 0 }));
            while (get(_best.Connections[index]).Octets > 0
                && Change(index, plan => set(plan, get(plan) with { Octets = get(plan).Octets / 2 })))
            {
            }

            Change(index, plan => set(plan, get(plan) with { ReadPause = plain.ReadPause, ReadSize = plain.ReadSize }));
            Change(
                index,
                plan => set(plan, get(plan) with { WritePause = plain.WritePause, WriteSize = plain.WriteSize }));
            Change(index, plan => set(plan, get(plan) with { NeverReads = false }));
            Change(index, plan => set(plan, get(plan) with { Ending = Ending.Shutdown }));
        }

        private bool Change(int index, Func<ConnectionPlan, ConnectionPlan> change)
        {
            var plans = _best.Connections.ToArray();
            var changed = change(plans[index]);
            if (changed == plans[index])
                return false;
            plans[index] = changed;
            return Try(_best with { Connections = plans });
        }

        private void Simplify()
        {
            Try(_best with { AttacksPerSecond = 0 });
            Try(_best with { IPv6 = false });
            SimplifyHost(s => s.Client, (s, host) => s with { Client = host });
            SimplifyHost(s => s.Server, (s, host) => s with { Server = host });
            SimplifyLink(s => s.ToServer, (s, link) => s with { ToServer = link });
            SimplifyLink(s => s.ToClient, (s, link) => s with { ToClient = link });
        }

        private void SimplifyHost(Func<Scenario, HostPlan> get, Func<Scenario, HostPlan, Scenario> set)
        {
            var plain = new HostPlan();
            Func<HostPlan, HostPlan>[] steps =
            [
                h => h with { Batch = plain.Batch }, h => h with { LateTicks = plain.LateTicks },
                h => h with { Mtu = plain.Mtu }, h => h with { ReceiveBuffer = plain.ReceiveBuffer },
                h => h with { SendBuffer = plain.SendBuffer },
                h => h with { SequenceNear = null }, h => h with { NoDelay = false },
                h => h with { DelayedAck = plain.DelayedAck }, h => h with { MinimumRto = plain.MinimumRto },
                h => h with { OutOfOrderBlocks = plain.OutOfOrderBlocks },
                h => h with { MaximumSegmentLifetime = plain.MaximumSegmentLifetime },
                h => h with { Backlog = plain.Backlog },
                h => h with { Faults = null }, h => h with
                {
                    Faults = h.Faults is null ? null : h.Faults with { FailedAllocations = 0, RefusedWrites = 0 },
                }, h => h with { Model = null }, h => h with { Model = h.Model is null ? null : new ModelPlan() },
            ];
            foreach (var step in steps)
                Try(set(_best, step(get(_best))));
        }

        private void SimplifyLink(Func<Scenario, LinkImpairment> get, Func<Scenario, LinkImpairment, Scenario> set)
        {
            Func<LinkImpairment, LinkImpairment>[] steps =
            [
                l => l with { Jitter = TimeSpan.Zero }, l => l with { Rate = null },
                l => l with { Delay = TimeSpan.Zero },
                l => l with { Delay = TimeSpan.FromMilliseconds(Math.Round(l.Delay.TotalMilliseconds / 10) * 10) },
                // The faults are listed, so the probabilities have no effect.
                l => new LinkImpairment
                {
                    Seed = l.Seed,
                    Delay = l.Delay,
                    Jitter = l.Jitter,
                    Rate = l.Rate,
                    Queue = l.Queue,
                },
            ];
            foreach (var step in _best.Faults is null ? steps[..^1] : steps)
                Try(set(_best, step(get(_best))));
        }
    }
}
