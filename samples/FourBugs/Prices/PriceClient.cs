namespace FourBugs.Prices;

/// <summary>
/// Asks for prices. The bug, with half a second: a SYN that is lost is retransmitted after one second (RFC 6298 section
/// 2.1), and a request that needs a new connection then fails, though nothing is wrong.
/// </summary>
/// <param name="http">The client of the service.</param>
/// <param name="time">The clock.</param>
/// <param name="timeout">How long one request may take.</param>
internal sealed class PriceClient(HttpClient http, TimeProvider time, TimeSpan timeout)
{
    public async Task<string> GetAsync(string item)
    {
        using var limit = new CancellationTokenSource(timeout, time);
        return await http.GetStringAsync($"/prices/{item}", limit.Token);
    }
}
