"""What is written down of requests, and what is left out.

journal  an entry for each, and the log's line    masking  never a picture, a secret or a whole ID number
traces   marks that let entries be compared       metrics  counts and durations for Prometheus
"""
