"""How a Sync Event runs: batches prepared by workers, pushed in groups, told by `emit`."""
