"""Whatever a network or a stranger sends: no crash, and nothing that cannot be kept. `make fuzz` runs it for long."""
