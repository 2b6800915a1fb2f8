"""HTTP message signatures (RFC 9421), content digests (RFC 9530) and the structured fields (RFC 9651) both are made of.

Nothing is imported here: ``fields``, ``digest`` and ``base`` stay cheap to import, and only ``algorithms`` and
``message`` load the cryptography package.
"""
