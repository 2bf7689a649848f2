namespace UserTcp.Testing.Http;

/// <summary>
/// HttpClient's timeout in virtual time: until the end of the response's body, with the exceptions that HttpClient
/// throws.
/// </summary>
internal sealed class VirtualTimeoutHandler(TimeProvider time, TimeSpan timeout) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var limit = new RequestTimeLimit(time, timeout, cancellationToken);
        try
        {
            var response = await base.SendAsync(request, limit.Token).ConfigureAwait(false);
            response.Content = new TimedContent(response.Content, limit);
            return response;
        }
        catch (Exception error)
        {
            limit.Dispose();
            if (limit.TryTranslate(error) is { } translated)
                throw translated;
            throw;
        }
    }
}
