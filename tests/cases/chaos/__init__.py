"""What the chaos test is made of.

events.py   what befalls the bed, and the schedule of it
drift.py    drift that is planted meanwhile, and what differs in the end: the ground truth
runs.py     `twinwatch verify` again and again, and what its runs reported
"""
