"""What a running node knows of its circle: state, own keys, following the logs of the others."""
