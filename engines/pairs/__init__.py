"""Many pairs of one source, fused by one way: chosen, drawn, measured, and kept in a folder that goes on when asked."""
