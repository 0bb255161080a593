"""The service: runs that outlive the terminal, schedules, pushes, metrics, alerts."""
