"""What pages ask for, in plain values: services load checkpoints, keep results, and know no user interface."""
