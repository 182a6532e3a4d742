"""Evidence -> removals, cuts, corpus: who stays is decided here, once, and nowhere else."""
