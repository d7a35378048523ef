"""The desk: where a prosecutor sees a clue's facts, which no message and no board carries. Loopback only, signed in, masked until a reason is given."""
