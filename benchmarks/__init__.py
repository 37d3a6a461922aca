"""Figures as ratios: each beside its baseline, on the same data in the same run. ``make bench [ONLY=prefix]``."""
