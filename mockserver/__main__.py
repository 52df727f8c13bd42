"""`python -m mockserver` is `idmock`."""

from mockserver.cli import main

main()
