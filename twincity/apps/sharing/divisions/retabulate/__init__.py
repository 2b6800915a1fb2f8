"""Making the division tables anew from a folder of public division data.

``python -m twincity.apps.sharing.divisions.retabulate FOLDER`` reads today's list of units, the list of towns and the
code-change events of 重庆 and 四川 in FOLDER (``SOURCES.toml`` says where they come from), replays the events backwards
from today, finds for every code that ended where its unit went, and writes ``divisions.csv`` and ``changes.csv``.
What the source has wrong or leaves open is settled in ``corrections.toml``, each entry with its own source.
"""
