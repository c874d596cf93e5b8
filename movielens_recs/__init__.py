"""Recommend from ratings, and know how well: everything public at one door, loaded when first used."""
from importlib import import_module
from typing import Any

__version__ = "0.4.0"

_DOOR = {  # module -> the names it gives
    "data.dataset": "Dataset with_titles",
    "data.movielens": "load prepare data_dir",
    "data.files": "read_ratings",
    "evaluation.split": (
        "Split split_last_n split_next_session split_global_time split_random default_split"),
    "evaluation.metrics": "evaluate metrics_per_user",
    "evaluation.compare": "compare paired_tests",
    "evaluation.sequence": "describe",
    "evaluation.explain": "explain similar_titles",
    "models.recommend": "Recommender UnsupportedError",
    "models.baselines": "Popularity ItemKNN RP3beta",
    "models.als": "ALS",
    "models.linear": "EASE",
    "models.next_item": "NextItem",
    "models.next_session": "NextSession",
    "models.blend": "Blend MODELS load_model",
    "experiments.tuning": "tune",
    "experiments.experiment": "run_experiment open_experiment",
    "experiments.export": "export_bundle load_bundle",
    "scale.out_of_core": "prepare_out_of_core",
    "scale.spark": "SparkEngine",
}
_HOME = {name: module for module, names in _DOOR.items() for name in names.split()}
__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    "Load a name's module when the name is first used (PEP 562)."
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
