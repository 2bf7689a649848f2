using System.Globalization;
using System.Net.Http.Json;

namespace FourBugs.Orders;

/// <summary>
/// As <see cref="OrderClient"/>, repaired: all attempts have the same key, and the service adds it once.
/// </summary>
/// <param name="http">The client of the service.</param>
/// <param name="customer">The customer's name, which no other one has.</param>
internal sealed class IdempotentOrderClient(HttpClient http, string customer) : IOrderClient
{
    private const int Attempts = 5;

    private int _orders;

    public async Task OrderAsync(string item)
    {
        var order = new Order(item, string.Create(CultureInfo.InvariantCulture, $"{customer}-{++_orders}"));
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                using var response = await http.PostAsJsonAsync("/orders", order);
                response.EnsureSuccessStatusCode();
                return;
            }
            catch (Exception error) when (
                attempt < Attempts && error is HttpRequestException or TaskCanceledException)
            {
            }
        }
    }
}
