using Microsoft.Extensions.Options;

namespace UserTcp.Hosting;

/// <summary>Fills in the addresses when there are none: a list with defaults could only be added to by configuration, not replaced.</summary>
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
