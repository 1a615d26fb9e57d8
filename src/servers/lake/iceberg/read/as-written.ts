/**
 * Settings of `read_parquet`: left alone, DuckDB takes `vendor=v+1%2F2` in a file's path for the value of the column "vendor"
 * and puts it in place of the value that is in the file.
 */
export const asWritten = 'hive_partitioning = false';
