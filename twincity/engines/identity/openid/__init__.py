"""OpenID Connect both ways, through allauth: this node's accounts for own systems, and accounts of other providers."""
