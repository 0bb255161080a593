"""Speed and memory, measured beside floors and peers in one run; not part of the test run."""
