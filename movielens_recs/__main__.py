"""Let `python -m movielens_recs` be the command `movielens-recs`."""
from movielens_recs.cli import main

main()
