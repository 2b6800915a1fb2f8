"""Judging and reading large tables by columns: a standard compiled to SQL for DuckDB, in a process of its own.

Only a child process imports DuckDB, so that the node stays small, and a run can be ended by ending the process.
Expressions are SQL text rather than Ibis: a verdict has three values, and the exactness of full matches, tries of casts
and comparisons beyond a double's digits has to be spelt out.
"""

from __future__ import annotations

from twincity.engines.catalogue.columnar.table import Table

__all__ = ["Table"]
