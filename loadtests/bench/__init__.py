"""The benchmark: `make bench` and `make bench-peers`.

Everything that is compared is a server process of its own, started by the command that a user would type, and all of
them are measured in one run by one client: `rounds` sends the same bytes to each in turn. Absolute figures belong to a
machine; what the project holds itself to is the ratio to a bare Flask handler (`bare`) in the same rounds.
"""
