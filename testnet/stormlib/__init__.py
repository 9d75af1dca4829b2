"""What testnet/storm is made of: schedule, scenes (pure); play, follow, clients, checks (the network);
report, chart (the page)."""
