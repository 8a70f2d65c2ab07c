//! Reads daily bars of many stocks from a CSV or Parquet file.
