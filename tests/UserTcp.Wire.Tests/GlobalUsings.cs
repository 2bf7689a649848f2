global using System.Buffers.Binary;
global using System.Net;
global using UserTcp.Wire.Tests.Kit;
global using Xunit;
