"""Systems that live in this process's memory: real Adapters for tests and examples."""
