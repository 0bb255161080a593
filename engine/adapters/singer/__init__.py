"""Any executable that speaks Singer (`tap-…`) as a source of one stream."""
