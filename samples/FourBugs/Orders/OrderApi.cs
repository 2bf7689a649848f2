using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace FourBugs.Orders;

/// <summary>An order; two with the same key are one.</summary>
internal sealed record Order(string Item, string? Key = null);

/// <summary>The orders that were placed: a database, which survives a crash of the service.</summary>
internal sealed class OrderBook
{
    private readonly Lock _gate = new();
    private readonly List<string> _items = [];
    private readonly HashSet<string> _keys = [];

    public IReadOnlyList<string> Items => _items;

    public void Add(Order order)
    {
        lock (_gate)
        {
            if (order.Key is null || _keys.Add(order.Key))
                _items.Add(order.Item);
        }
    }
}

/// <summary>The service that takes orders.</summary>
internal static class OrderApi
{
    /// <summary>How long a payment takes.</summary>
    private static readonly TimeSpan Payment = TimeSpan.FromMilliseconds(50);

    public static void MapOrders(this WebApplication app, OrderBook book) =>
        app.MapPost("/orders", async (Order order, TimeProvider time) =>
        {
            await Task.Delay(Payment, time);
            book.Add(order);
            return Results.Ok();
        });
}
