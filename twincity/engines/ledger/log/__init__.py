"""A transparency log on disk: journal, tiles, checkpoints, proofs, witness and mirror. Pure: no Django, no database.

What a reader fetches follows the C2SP specifications (tlog-tiles, tlog-checkpoint, tlog-cosignature, tlog-witness,
tlog-proof, tlog-policy), so that others' clients, witnesses and monitors can read it.
"""
