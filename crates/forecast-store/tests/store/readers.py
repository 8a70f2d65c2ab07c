"""Reads a store with DuckDB, pandas and polars, and computes the digest of every row from what each of them returns."""

import base64
import hashlib
import json
import pathlib
import sys

import duckdb
import pandas
import polars


def entry(row):
    row = {name: plain(value) for name, value in row.items()}
    text = json.dumps(row, sort_keys=True, separators=(",", ":"))
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")
    return f"{row['session']} {row['symbol']} {digest}"


def plain(value):
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, str):
        return value
    if hasattr(value, "isoformat"):
        return value.isoformat()[:10]
    if hasattr(value, "__len__"):
        return [int(number) for number in value]
    return int(value)


def rows_of_duckdb(files):
    table = duckdb.sql(f"SELECT * FROM read_parquet('{files}')")
    return [dict(zip(table.columns, row)) for row in table.fetchall()]


def rows_of_pandas(files):
    return pandas.read_parquet(pathlib.Path(files).parent.parent).to_dict("records")


def rows_of_polars(files):
    return polars.read_parquet(files, hive_partitioning=True).to_dicts()


def main():
    folder = pathlib.Path(sys.argv[1])
    expected = sorted((folder / "entries.txt").read_text().splitlines())
    for reader in (rows_of_duckdb, rows_of_pandas, rows_of_polars):
        rows = []
        for kind in ("forecasts", "outcomes"):
            rows += reader(f"{folder}/{kind}/session=*/{kind}.parquet")
        found = sorted(entry(row) for row in rows)
        assert found == expected, f"{reader.__name__}: {len(found)} rows, first {found[0]}, expected {expected[0]}"
    print("duckdb pandas polars")


main()
