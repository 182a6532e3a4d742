"""What a recipe will do and cost, from a sample of its inputs: no Spark."""
