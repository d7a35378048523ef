"""Change streams: envelopes into one normal form, a consumer into the lake, dead letters, the change-data connector."""
