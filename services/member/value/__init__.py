"""Everything but points that members can spend, in lots of one ledger."""
