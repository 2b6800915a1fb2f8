"""How messages leave: in order for each process, at once, and again until the peer has them."""
