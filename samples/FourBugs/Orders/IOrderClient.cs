namespace FourBugs.Orders;

/// <summary>Places orders.</summary>
internal interface IOrderClient
{
    /// <summary>Places one order, once.</summary>
    Task OrderAsync(string item);
}
