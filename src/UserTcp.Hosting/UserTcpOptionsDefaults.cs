using Microsoft.Extensions.Options;

namespace UserTcp.Hosting;

/// <summary>
/// Adds the default addresses to empty lists. Configuration can only add to a list that has defaults, not replace them.
/// </summary>
internal sealed class UserTcpOptionsDefaults : IPostConfigureOptions<UserTcpOptions>
{
    public void PostConfigure(string? name, UserTcpOptions options)
    {
        Fill(options.Addresses, UserTcpOptions.DefaultAddresses);
        Fill(options.KernelAddresses, UserTcpOptions.DefaultKernelAddresses);
    }

    private static void Fill(IList<string> list, IReadOnlyList<string> defaults)
    {
        if (list.Count > 0)
            return;
        foreach (var item in defaults)
            list.Add(item);
    }
}
