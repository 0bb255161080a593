"""Real servers on loopback: `scripted` misbehaves on demand, `systems` are what it can serve."""
