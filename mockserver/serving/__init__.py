"""Servers for the application.

granian    `idmock serve`                        threaded     inside this process: tests, the vendors' own ports
addresses  where to listen                       interrupts   Ctrl-C and SIGTERM
"""
