using UserTcp.Fuzz;

return CommandLine.Run(args, Console.Out, Console.Error);
