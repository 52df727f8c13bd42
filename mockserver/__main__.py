"""The command `idmock`, which `python -m mockserver` is too."""

from mockserver.serving.interrupts import end_at_once


def main() -> None:
    """Entry point. What the command is made of is imported only when an interrupt does no harm."""
    end_at_once()
    from mockserver.cli import main as run

    run()


if __name__ == "__main__":
    main()
