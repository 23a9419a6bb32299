"""What commands print: rows, tables and JSON, fit for a terminal."""
