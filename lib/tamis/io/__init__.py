"""Sources, Delta tables, small files and the Spark session: what touches storage."""
