using System.Net.Http.Json;

namespace FourBugs.Orders;

/// <summary>
/// Orders, and tries again when no answer comes. The bug: the answer may be lost after the order was placed, and then
/// the second attempt is a second order.
/// </summary>
internal sealed class OrderClient(HttpClient http) : IOrderClient
{
    private const int Attempts = 5;

    public async Task OrderAsync(string item)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                using var response = await http.PostAsJsonAsync("/orders", new Order(item));
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
