"""GovStack: building-block interfaces over the one exchange core, for systems that already speak them."""
