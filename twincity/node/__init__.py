"""The composition root: what puts kernel, engines and apps together into a running node."""
