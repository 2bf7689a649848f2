namespace UserTcp.Testing.WebApp;

/// <summary>Names the assembly to a WebApplicationFactory.</summary>
public sealed class EntryPoint;
