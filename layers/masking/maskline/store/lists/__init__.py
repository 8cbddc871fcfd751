"""Lists of sessions: the indexes behind them, and the walk along these."""
