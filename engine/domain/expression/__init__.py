"""The expression language of Links, selections and alerts."""
