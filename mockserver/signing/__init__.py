"""What the vendors' signatures have in common, and why one does not hold.

authorization  the header's form              mac  message authentication codes
diagnosis      well-known mistakes, in turn
"""
