"""tc1: TwinCity's profile of HTTP message signatures (RFC 9421) and digest fields (RFC 9530). See FEDERATION.md."""
