"""The lake: Parquet partitions on disk, DuckDB as the engine over them."""
