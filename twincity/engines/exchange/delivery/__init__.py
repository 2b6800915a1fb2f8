"""Messages that wait on their way: envelopes, order within lanes, batches and bundles. No tables."""
