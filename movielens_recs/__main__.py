"""The command: `movielens-recs`, and `python -m movielens_recs`."""
from movielens_recs.apps.cli import main

if __name__ == "__main__":
    main()
