"""The command: `movielens-recs`, and `python -m movielens_recs`."""
import sys


def main() -> None:
    "Run the command line; an interrupt while it is loaded ends it as one later does."
    if __name__ == "__main__" and not sys.flags.safe_path:
        sys.path.pop(0)  # the current folder, whose files are nobody's modules
    try:
        from movielens_recs.cli import main
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    main()


if __name__ == "__main__":
    main()
