"""Reads a Parquet file with what there is of pandas, pyarrow, polars and DuckDB.

Prints a line of JSON for each: its name and version, the kind of each column, and all rows, numbers as text. A reader
that is not installed is left out.
"""

import importlib
import json
import math
import sys

PATH = sys.argv[1]
KINDS = {
    "whole": {"int64", "Int64", "BIGINT"},
    "number": {"double", "Float64", "DOUBLE"},
    "text": {"string", "large_string", "String", "Utf8", "VARCHAR"},
    "truth": {"bool", "Boolean", "BOOLEAN"},
}


def kind(name):
    found = [kind for kind, names in KINDS.items() if str(name) in names]
    return found[0] if found else str(name)


def pyarrow(_):
    table = importlib.import_module("pyarrow.parquet").read_table(PATH)
    columns = [(field.name, kind(field.type)) for field in table.schema]
    return columns, list(zip(*(column.to_pylist() for column in table.columns)))


def pandas(library):
    frame = library.read_parquet(PATH)
    # Its own types have no whole numbers that may be missing; pyarrow's have.
    typed = library.read_parquet(PATH, dtype_backend="pyarrow")
    columns = [(name, kind(str(dtype).split("[")[0])) for name, dtype in typed.dtypes.items()]
    rows = frame.astype(object).values.tolist()
    gone = lambda value: isinstance(value, float) and math.isnan(value)
    return columns, [[None if gone(value) else value for value in row] for row in rows]


def polars(library):
    frame = library.read_parquet(PATH)
    return [(name, kind(dtype)) for name, dtype in frame.schema.items()], frame.rows()


def duckdb(library):
    columns = library.sql(f"describe select * from read_parquet('{PATH}')").fetchall()
    rows = library.sql(f"select * from read_parquet('{PATH}')").fetchall()
    return [(column[0], kind(column[1])) for column in columns], rows


def plain(value):
    """Numbers as text, to the last digit."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return repr(value) if is_number else value


for name, read in [("pyarrow", pyarrow), ("pandas", pandas), ("polars", polars), ("duckdb", duckdb)]:
    try:
        library = importlib.import_module(name)
        version = library.__version__
    except ImportError:
        continue
    columns, rows = read(library)
    rows = [[plain(value) for value in row] for row in rows]
    print(json.dumps({"reader": f"{name} {version}", "columns": columns, "rows": rows}))
